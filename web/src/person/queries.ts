// One person: who they are, what they have and hold, and what an administrator does about it.
import type {
  APIKeyWithOwner,
  AssignableRoles,
  AuditLogResponse,
  AuthorizationRequest,
  Group,
  Organization,
  UpdateUserPasswordRequest,
  UpdateUserProfileRequest,
  User,
  UserRoles,
  WorkspaceQuota,
} from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

export const personQuery = (name: string) => queryOptions({ queryKey: ["person", name], queryFn: ({ signal }) => api.get<User>(`/users/${seg(name)}`, signal) });

const checksOf = (id: string) =>
  ({
    update: { object: { resource_type: "user", resource_id: id }, action: "update" },
    remove: { object: { resource_type: "user", resource_id: id }, action: "delete" },
    personal: { object: { resource_type: "user", resource_id: id }, action: "update_personal" },
    readPersonal: { object: { resource_type: "user", resource_id: id }, action: "read_personal" },
    readKeys: { object: { resource_type: "api_key", owner_id: id }, action: "read" },
    readWorkspaces: { object: { resource_type: "workspace", owner_id: id, any_org: true }, action: "read" },
    readMembers: { object: { resource_type: "group_member", any_org: true }, action: "read" },
    endKeys: { object: { resource_type: "api_key", owner_id: id }, action: "delete" },
    readAudit: { object: { resource_type: "audit_log" }, action: "read" },
    readOpen: { object: { resource_type: "connection_log" }, action: "read" },
    assignRoles: { object: { resource_type: "assign_role" }, action: "assign" },
  }) as const satisfies AuthorizationRequest["checks"];

export type Over = Record<keyof ReturnType<typeof checksOf>, boolean>;

// What I may do to this person.
export const overQuery = (id: string) => queryOptions({ queryKey: ["person", id, "over"], queryFn: () => api.post<Over>("/authcheck", { checks: checksOf(id) }), staleTime: 60_000, retry: false });

export const rolesOf = (id: string) => queryOptions({ queryKey: ["person", id, "roles"], queryFn: ({ signal }) => api.get<UserRoles>(`/users/${id}/roles`, signal), retry: false });

export const organizationsOf = (id: string) => queryOptions({ queryKey: ["person", id, "organizations"], queryFn: ({ signal }) => api.get<Organization[]>(`/users/${id}/organizations`, signal), retry: false });

export const rolesOfOrganization = (id: string) => queryOptions({ queryKey: ["roles", id], queryFn: ({ signal }) => api.get<AssignableRoles[]>(`/organizations/${id}/members/roles`, signal), staleTime: 60_000, retry: false });

// What was done to them: by it one knows who gave a role.
export const doneTo = (id: string) => queryOptions({ queryKey: ["person", id, "done-to"], queryFn: ({ signal }) => api.get<AuditLogResponse>(`/audit${query({ q: `resource_id:${id}`, limit: 100 })}`, signal), retry: false });

export const doneBy = (username: string) => queryOptions({ queryKey: ["person", username, "done-by"], queryFn: ({ signal }) => api.get<AuditLogResponse>(`/audit${query({ q: `username:${username}`, limit: 6 })}`, signal), retry: false });

export const groupsOf = (id: string) => queryOptions({ queryKey: ["groups", "with", id], queryFn: ({ signal }) => api.get<Group[]>(`/groups${query({ has_member: id })}`, signal), retry: false });

export const quotaOf = (organization: string, id: string) =>
  queryOptions({ queryKey: ["quota", organization, id], queryFn: ({ signal }) => api.get<WorkspaceQuota>(`/organizations/${organization}/members/${id}/workspace-quota`, signal), retry: false });

// Sessions and tokens that still count.
export const keysOf = (id: string) => queryOptions({ queryKey: ["person", id, "keys"], queryFn: ({ signal }) => api.get<APIKeyWithOwner[]>(`/users/${id}/keys`, signal), retry: false });

function useChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  const keys = [["person"], ["users"], ["groups"], ["quota"], ["me"]];
  return useMutation({ mutationFn: run, onSuccess: () => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey }))) });
}

export const useChangeProfile = () => useChange(({ id, ask }: { id: string; ask: UpdateUserProfileRequest }) => api.put<User>(`/users/${id}/profile`, ask));
export const useResetPassword = () => useChange(({ id, password }: { id: string; password: string }) => api.put(`/users/${id}/password`, { old_password: "", password } satisfies UpdateUserPasswordRequest));

// Lists by the place where they hold: "" is this whole Slipway, else the id of an organization. Only those that changed are given.
export const useGiveRoles = () =>
  useChange(async ({ id, lists }: { id: string; lists: Record<string, string[]> }) => {
    for (const [place, roles] of Object.entries(lists)) await api.put(place === "" ? `/users/${id}/roles` : `/organizations/${place}/members/${id}/roles`, { roles });
  });

export const useSetActive = () => useChange(({ id, active }: { id: string; active: boolean }) => api.put<User>(`/users/${id}/status/${active ? "activate" : "suspend"}`));

export const useEndKey = () => useChange(({ id, key }: { id: string; key: string }) => api.remove(`/users/${id}/keys/${seg(key)}`));
export const useEndAllKeys = () => useChange((id: string) => api.remove(`/users/${id}/keys`));
