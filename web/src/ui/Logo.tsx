import { useState } from "react";
import { Mark } from "./Icon";
import { picture } from "./pictures";

// The deployment's own picture, or the mark where there is none or it does not load.
export function Logo({ url }: { url: string }) {
  const [broken, setBroken] = useState("");
  const found = picture(url);
  if (found?.kind !== "image" || broken === found.source) return <Mark />;
  return <img className="logo" src={found.source} alt="" referrerPolicy="no-referrer" onError={() => setBroken(found.source)} />;
}
