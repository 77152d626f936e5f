// The roles of a person, and by whom each was given as far as the activity log knows.
import type { AuditLog, UserRoles } from "@gen";

export type Held = { place: string; name: string; origin: Origin }; // place: "" is all of this Slipway, else an organization's id
export type Origin = { kind: "person"; name: string; picture: string | undefined; at: string } | { kind: "sign-in"; at: string } | { kind: "unknown" };

const names = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

// Entries come newest first: the first that gives the role is the one that counts. Nobody changes their own roles by hand, so what
// a person did to themselves was their sign-in.
export function originOf(entries: AuditLog[], personId: string, place: string, role: string): Origin {
  for (const e of entries) {
    if (e.status_code >= 400) continue;
    if (place === "" ? e.resource_type !== "user" : e.resource_type !== "organization_member" || e.organization_id !== place) continue;
    const field = e.diff[place === "" ? "rbac_roles" : "roles"];
    if (!field || !names(field.new).includes(role) || names(field.old).includes(role)) continue;
    if (!e.user || e.user.id === personId) return { kind: "sign-in", at: e.time };
    return { kind: "person", name: e.user.name || e.user.username, picture: e.user.avatar_url, at: e.time };
  }
  return { kind: "unknown" };
}

export function heldBy(roles: UserRoles, entries: AuditLog[], personId: string): Held[] {
  const at = (place: string, list: string[]) => list.map((name) => ({ place, name, origin: originOf(entries, personId, place, name) }));
  return [...at("", roles.roles), ...Object.entries(roles.organization_roles).flatMap(([place, list]) => at(place, list))];
}

// "organization-template-admin" as it is said where no better name is known.
export function plainRole(name: string): string {
  const said = name.replace(/^organization-/, "").replaceAll("-", " ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
