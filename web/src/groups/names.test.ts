import { expect, test } from "vitest";
import { groupLike, isEveryone, nameOf } from "./names";

const group = (over: object) => ({ id: "g", organization_id: "o", name: "platform", display_name: "", ...over }) as Parameters<typeof groupLike>[0];

test("the group of everybody is known by its id, whatever it is called", () => {
  const everyone = group({ id: "o", name: "Everyone", display_name: "x" });

  expect(isEveryone(everyone)).toBe(true);
  expect(nameOf(everyone)).toBe("Everyone");
  expect(isEveryone(group({ name: "Everyone" }))).toBe(false);
});

test("a group is found by either of its names", () => {
  const one = group({ display_name: "The crew" });

  expect(nameOf(one)).toBe("The crew");
  expect(["plat", " CREW ", "x"].map((text) => groupLike(one, text))).toEqual([true, true, false]);
});
