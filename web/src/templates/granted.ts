// Who may use or manage a template, as rows: everyone in its organization first, then groups, then people.
import type { ACLAvailable, TemplateACL, TemplateRole, UpdateTemplateACL } from "@gen";

export type Granted = { kind: "user" | "group"; id: string; name: string; side: string; picture: string | undefined; members: number | undefined; role: TemplateRole };

const byName = (a: Granted, b: Granted) => a.name.localeCompare(b.name, "en");

// The organization's id stands for everybody in it; that row is there also when it may nothing.
export function grantedRows(acl: TemplateACL, organizationId: string, everyone: string): Granted[] {
  const all = acl.group.find((g) => g.id === organizationId);
  const groups = acl.group.filter((g) => g.id !== organizationId).map((g): Granted => ({ kind: "group", id: g.id, name: g.display_name || g.name, side: "", picture: g.avatar_url || undefined, members: g.total_member_count, role: g.role }));
  const people = acl.users.map((u): Granted => ({ kind: "user", id: u.id, name: u.name || u.username, side: u.name ? u.username : u.email, picture: u.avatar_url, members: undefined, role: u.role }));
  return [{ kind: "group", id: organizationId, name: everyone, side: "", picture: undefined, members: all?.total_member_count, role: all?.role ?? "" }, ...groups.toSorted(byName), ...people.toSorted(byName)];
}

// Whom one can add, of what the server found, without those who are there.
export function candidates(found: ACLAvailable, taken: ReadonlySet<string>): Granted[] {
  const groups = found.groups.map((g): Granted => ({ kind: "group", id: g.id, name: g.display_name || g.name, side: "", picture: g.avatar_url || undefined, members: g.total_member_count, role: "use" }));
  const people = found.users.map((u): Granted => ({ kind: "user", id: u.id, name: u.name || u.username, side: u.email, picture: u.avatar_url, members: undefined, role: "use" }));
  return [...groups, ...people].filter((one) => !taken.has(one.id));
}

export const askFor = ({ kind, id, role }: Granted): UpdateTemplateACL => (kind === "user" ? { user_perms: { [id]: role } } : { group_perms: { [id]: role } });

// The list as it is once the server has taken the change; who is new comes with the server's own row.
export function withRole(acl: TemplateACL, { kind, id, role }: Granted): TemplateACL {
  const change = <T extends { id: string; role: TemplateRole }>(list: T[]) => list.filter((one) => one.id !== id || role !== "").map((one) => (one.id === id ? { ...one, role } : one));
  return kind === "user" ? { ...acl, users: change(acl.users) } : { ...acl, group: change(acl.group) };
}
