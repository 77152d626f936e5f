import { expect, test } from "vitest";
import { because } from "./because";

const vote = (sign: number, ...roles: string[]) => ({ level: "org", vote: sign, reasons: roles.map((role) => ({ role, permission: "group:read" })) });
const answer = (allowed: boolean, roles: boolean, ...votes: ReturnType<typeof vote>[]) => ({ allowed, roles: { allowed: roles, because: "", votes }, access_list: { allowed: allowed && !roles, because: "" } });
const called = new Map([["release-manager", "Release manager"]]);

test("what is allowed names the roles that give it, without ids", () => {
  expect(because(answer(true, true, vote(1, "organization-member:1", "release-manager:1")), called)).toBe("Given by being a member and Release manager.");
  expect(because(answer(true, true, vote(1, "owner")), called)).toBe("Given by owner.");
});

test("what is allowed by no role is shared", () => {
  expect(because(answer(true, false), called)).toBe("It is shared with them.");
});

test("what is refused was taken away by a role, or given by none", () => {
  expect(because(answer(false, false, vote(-1, "organization-workspace-creation-ban:1")), called)).toBe("Taken away by No new workspaces.");
  expect(because(answer(false, false), called)).toBe("No role of theirs gives it.");
});
