// The list of those a workspace is shared with: groups first, then people, by name.
import type { WorkspaceACL, WorkspaceGroup, WorkspaceRole, WorkspaceUser } from "@gen";

export type Sharer = { kind: "user" | "group"; id: string; name: string; side: string; picture: string | undefined; members?: number; role: WorkspaceRole };

const ofGroup = (g: WorkspaceGroup): Sharer => ({ kind: "group", id: g.id, name: g.display_name || g.name, side: "", picture: g.avatar_url || undefined, members: g.total_member_count, role: g.role });
const ofUser = (u: WorkspaceUser): Sharer => ({ kind: "user", id: u.id, name: u.name || u.username, side: u.name ? u.username : "", picture: u.avatar_url, role: u.role });

const byName = (a: Sharer, b: Sharer) => a.name.localeCompare(b.name, "en");

export const sharersOf = (acl: WorkspaceACL): Sharer[] => [...acl.group.map(ofGroup).toSorted(byName), ...acl.users.map(ofUser).toSorted(byName)];

export function sharersLike(list: Sharer[], text: string): Sharer[] {
  const like = text.trim().toLowerCase();
  return list.filter((one) => `${one.name} ${one.side}`.toLowerCase().includes(like));
}

// The list as it will be once the server has heard of it. No role: off the list.
export function withSharer(acl: WorkspaceACL, who: Sharer): WorkspaceACL {
  if (who.kind === "user") {
    const before = acl.users.find((one) => one.id === who.id);
    const rest = acl.users.filter((one) => one.id !== who.id);
    return { ...acl, users: who.role === "" ? rest : [...rest, { ...(before ?? { id: who.id, username: who.side || who.name, name: who.side ? who.name : "" }), role: who.role }] };
  }
  const before = acl.group.find((one) => one.id === who.id);
  const rest = acl.group.filter((one) => one.id !== who.id);
  return { ...acl, group: who.role === "" ? rest : [...rest, { ...(before ?? newGroup(who)), role: who.role }] };
}

const newGroup = (who: Sharer): WorkspaceGroup => ({
  id: who.id,
  name: who.name,
  display_name: who.name,
  organization_id: "",
  members: [],
  total_member_count: who.members ?? 0,
  avatar_url: who.picture ?? "",
  quota_allowance: 0,
  source: "user",
  organization_name: "",
  organization_display_name: "",
  role: who.role,
});
