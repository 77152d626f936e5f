// A question about a right as the address holds it, and as the server is asked it.
import type { AuthorizationExplainRequest, AuthorizationObject, RBACAction, RBACResource } from "@gen";

export type Question = { user?: string; act?: string; thing?: string; which?: string };

// What can be done with each kind of thing. Of some there are single ones, some belong to an organization.
export const kThings: Record<string, { acts: string[]; single: boolean; own: boolean; inOrganization: boolean }> = {
  workspace: { acts: ["read", "ssh", "application_connect", "start", "stop", "update", "share", "create", "delete"], single: true, own: true, inOrganization: true },
  template: { acts: ["read", "use", "update", "create", "delete", "view_insights"], single: true, own: false, inOrganization: true },
  user: { acts: ["read", "create", "update", "delete"], single: true, own: false, inOrganization: false },
  group: { acts: ["read", "create", "update", "delete"], single: true, own: false, inOrganization: true },
  organization: { acts: ["read", "create", "update", "delete"], single: false, own: false, inOrganization: true },
  organization_member: { acts: ["read", "create", "update", "delete"], single: false, own: false, inOrganization: true },
  provisioner_daemon: { acts: ["read", "create", "update", "delete"], single: false, own: false, inOrganization: true },
  api_key: { acts: ["read", "create", "update", "delete"], single: false, own: true, inOrganization: false },
  assign_role: { acts: ["read", "assign", "unassign"], single: false, own: false, inOrganization: false },
  audit_log: { acts: ["read"], single: false, own: false, inOrganization: true },
  connection_log: { acts: ["read"], single: false, own: false, inOrganization: true },
  deployment_config: { acts: ["read", "update"], single: false, own: false, inOrganization: false },
};

// "id:…" is a single one, "own:<organization>" what is theirs there, "org:<organization>" anything there, "any" anything anywhere.
function objectOf(thing: string, which: string | undefined): AuthorizationObject | undefined {
  const kind = kThings[thing];
  if (!kind) return undefined;
  const object = { resource_type: thing as RBACResource };
  const [by, value = ""] = (which ?? "").split(":");
  if (kind.single && by === "id" && value !== "") return { ...object, resource_id: value };
  if (kind.inOrganization && by === "any") return { ...object, any_org: true };
  if (kind.inOrganization && by === "org" && value !== "") return { ...object, organization_id: value };
  if (kind.own && kind.inOrganization && by === "own" && value !== "") return { ...object, organization_id: value, owner_id: "me" };
  if (kind.inOrganization) return undefined;
  return kind.own ? { ...object, owner_id: "me" } : object;
}

export function asked({ user, act, thing, which }: Question): AuthorizationExplainRequest | undefined {
  const object = thing === undefined ? undefined : objectOf(thing, which);
  if (!user || !act || !thing || !object || !kThings[thing]?.acts.includes(act)) return undefined;
  return { user, action: act as RBACAction, object };
}
