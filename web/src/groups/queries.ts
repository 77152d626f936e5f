// Groups of an organization: list, one, its members, and what can be changed.
import type { CreateGroupRequest, Group, GroupMembersResponse, PatchGroupRequest } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, seg } from "@/lib/api";

export const groupsQuery = queryOptions({ queryKey: ["groups"], queryFn: ({ signal }) => api.get<Group[]>("/groups", signal) });

const path = (org: string, name: string) => `/organizations/${seg(org)}/groups/${seg(name)}`;

export const groupByName = (org: string, name: string) => queryOptions({ queryKey: ["groups", org, name], queryFn: ({ signal }) => api.get<Group>(path(org, name), signal) });

export const groupMembers = (org: string, name: string) => queryOptions({ queryKey: ["groups", org, name, "members"], queryFn: ({ signal }) => api.get<GroupMembersResponse>(`${path(org, name)}/members`, signal) });

function useGroupChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["groups"] }) });
}

export const useCreateGroup = () => useGroupChange(({ org, ask }: { org: string; ask: CreateGroupRequest }) => api.post<Group>(`/organizations/${seg(org)}/groups`, ask));

// Only the list is asked for anew: the page of what is deleted is left, not loaded again.
export function useDeleteGroup() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (id: string) => api.remove(`/groups/${id}`), onSuccess: () => queries.invalidateQueries({ queryKey: ["groups"], exact: true }) });
}

// Only what is named changes: an empty list, an empty name and null leave things alone.
const kSame: PatchGroupRequest = { add_users: [], remove_users: [], name: "", display_name: null, avatar_url: null, quota_allowance: null };
export const useChangeGroup = () => useGroupChange(({ id, ask }: { id: string; ask: Partial<PatchGroupRequest> }) => api.patch<Group>(`/groups/${id}`, { ...kSame, ...ask }));
