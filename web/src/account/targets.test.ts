import { expect, test } from "vitest";
import { targets } from "./OnlyThese";

test("a workspace stands in the allow list with its template, each once", () => {
  const list = targets([
    { type: "workspace", id: "w1", name: "ana/a", template: "t1" },
    { type: "workspace", id: "w2", name: "ana/b", template: "t1" },
    { type: "template", id: "t2", name: "GPU" },
  ]);
  expect(list).toEqual([
    { type: "workspace", id: "w1" },
    { type: "template", id: "t1" },
    { type: "workspace", id: "w2" },
    { type: "template", id: "t2" },
  ]);
});
