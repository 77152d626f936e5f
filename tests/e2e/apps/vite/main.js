import { boat } from "./boat.js";
import "./style.css";

const draw = (name) => { document.querySelector("h1").textContent = `A ${name}`; };
draw(boat);
import.meta.hot.accept("./boat.js", (changed) => draw(changed.boat));
