import { expect, test } from "vitest";
import { grantsOf, kNothing, kThings, withLevel } from "./matrix";
import { changesInWords, inWords } from "./words";

const cell = (key: string, verb: "see" | "create" | "change" | "delete" | "run" | "enter" | "share") => kThings.find((one) => one.key === key)!.cells[verb]!;
const manager = () => {
  let grants = kNothing;
  for (const key of ["workspaces", "templates", "members"]) grants = withLevel(grants, cell(key, "see"), "all");
  grants = withLevel(grants, cell("workspaces", "create"), "own");
  return withLevel(grants, cell("workspaces", "enter"), "own");
};

test("a role is said in sentences, what can be done first", () => {
  const said = inWords(manager(), "Payments").map((line) => line.text);

  expect(said).toEqual([
    "Sees every workspace, template and member of Payments.",
    "Creates and enters only their own workspaces.",
    "Cannot open somebody else’s shell or app.",
    "Cannot publish a new template.",
    "Cannot give roles.",
  ]);
});

test("what a change did is lit, and what it took away is said", () => {
  const after = withLevel(withLevel(manager(), cell("workspaces", "run"), "all"), cell("members", "see"), "no");
  const lit = inWords(after, "Payments", manager()).filter((line) => line.changed);

  expect(lit.map((line) => line.text)).toEqual(["Starts and stops every workspace.", "Cannot see members any more."]);
});

test("templates are used where workspaces are entered", () => {
  const grants = grantsOf({ organization_permissions: [{ negate: false, resource_type: "template", action: "use" }], organization_member_permissions: [] });

  expect(inWords(grants, "x")[0]?.text).toBe("Uses every template.");
  expect(changesInWords(kNothing, grants)).toBe("Templates: use");
});

test("a role that gives nothing says only what it does not", () => {
  expect(inWords(kNothing, "x").every((line) => !line.can)).toBe(true);
});
