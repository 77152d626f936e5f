import type { AuditLog } from "@gen";
import { expect, test } from "vitest";
import { heldBy, originOf, plainRole } from "./origins";

const entry = (over: Partial<AuditLog> & { roles?: [string[], string[]]; by?: string }): AuditLog => {
  const { roles, by = "olga", ...rest } = over;
  const type = rest.resource_type ?? "user";
  return {
    status_code: 200,
    resource_type: type,
    organization_id: "o1",
    time: "2026-03-12T08:00:00Z",
    user: { id: `id-${by}`, username: by, name: "", avatar_url: "" },
    diff: roles ? { [type === "user" ? "rbac_roles" : "roles"]: { old: roles[0], new: roles[1], secret: false } } : {},
    ...rest,
  } as unknown as AuditLog;
};

test("the newest entry that added a role says who gave it", () => {
  const log = [entry({ roles: [["auditor"], ["auditor", "owner"]], by: "late" }), entry({ roles: [[], ["auditor"]], by: "olga" }), entry({ roles: [[], ["auditor"]], by: "older" })];
  expect(originOf(log, "me", "", "auditor")).toMatchObject({ kind: "person", name: "olga" });
  expect(originOf(log, "me", "", "owner")).toMatchObject({ kind: "person", name: "late" });
});

test("what a person did to themselves was their sign-in, and a refused attempt gave nothing", () => {
  const log = [entry({ roles: [[], ["auditor"]], by: "olga", status_code: 403 }), entry({ roles: [[], ["auditor"]], by: "ana" })];
  expect(originOf(log, "id-ana", "", "auditor")).toMatchObject({ kind: "sign-in" });
});

test("a role in one organization is not one in another, nor one over all", () => {
  const log = [entry({ resource_type: "organization_member", organization_id: "o2", roles: [[], ["auditor"]], by: "two" }), entry({ roles: [[], ["auditor"]], by: "site" })];
  expect(originOf(log, "me", "o1", "auditor")).toEqual({ kind: "unknown" });
  expect(heldBy({ roles: ["auditor"], organization_roles: { o2: ["auditor"] } }, log, "me").map((one) => [one.place, one.origin.kind === "person" && one.origin.name])).toEqual([
    ["", "site"],
    ["o2", "two"],
  ]);
});

test("a role without a name of its own is said plainly", () => {
  expect(plainRole("organization-template-admin")).toBe("Template admin");
  expect(plainRole("release-manager")).toBe("Release manager");
});
