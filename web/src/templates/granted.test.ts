import type { ACLAvailable, TemplateACL } from "@gen";
import { describe, expect, it } from "vitest";
import { askFor, candidates, grantedRows, withRole } from "./granted";

const group = (id: string, role = "use") => ({ id, name: id, display_name: "", avatar_url: "", total_member_count: 3, role });
const user = (id: string, role = "use") => ({ id, username: id, name: "", email: `${id}@x.io`, role });
const acl = { group: [group("zebra"), group("org"), group("apes", "admin")], users: [user("mia"), user("bo")] } as unknown as TemplateACL;

describe("who may use a template", () => {
  it("begins with everyone, then groups, then people, by name", () => {
    expect(grantedRows(acl, "org", "Everyone").map((row) => [row.name, row.role])).toEqual([["Everyone", "use"], ["apes", "admin"], ["zebra", "use"], ["bo", "use"], ["mia", "use"]]);
  });

  it("has a row for everyone also when they may nothing", () => {
    expect(grantedRows({ group: [], users: [] }, "org", "Everyone")).toMatchObject([{ id: "org", kind: "group", role: "" }]);
  });

  it("is asked for by kind", () => {
    const [everyone, , , bo] = grantedRows(acl, "org", "Everyone");
    expect(askFor({ ...everyone!, role: "" })).toEqual({ group_perms: { org: "" } });
    expect(askFor({ ...bo!, role: "admin" })).toEqual({ user_perms: { bo: "admin" } });
  });

  it("shows a change at once, and who is off the list no more", () => {
    const bo = grantedRows(acl, "org", "Everyone")[3]!;
    expect(withRole(acl, { ...bo, role: "admin" }).users).toMatchObject([{ id: "mia", role: "use" }, { id: "bo", role: "admin" }]);
    expect(withRole(acl, { ...bo, role: "" }).users).toMatchObject([{ id: "mia" }]);
  });

  it("offers whom the server found and who is not there yet", () => {
    const found = { groups: [group("org"), group("apes"), group("new")], users: [user("bo"), user("cy")] } as unknown as ACLAvailable;
    expect(candidates(found, new Set(["org", "apes", "bo"])).map((one) => one.name)).toEqual(["new", "cy"]);
  });
});
