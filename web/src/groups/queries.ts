// Groups of an organization: list, one, its members, and what can be changed.
import type { CreateGroupRequest, Group, GroupMembersResponse, PatchGroupRequest } from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

const kPage = 50;

const pathOf = (org: string) => `/organizations/${seg(org)}/groups`;
const path = (org: string, name: string) => `${pathOf(org)}/${seg(name)}`;

// How many are in each is a number; who they are is asked for on a group's own page.
// Of every organization that one may see.
export const groupsQuery = queryOptions({ queryKey: ["groups"], queryFn: ({ signal }) => api.get<Group[]>(`/groups${query({ exclude_members: true })}`, signal) });

export const groupsOf = (org: string) => queryOptions({ queryKey: ["groups", org], queryFn: ({ signal }) => api.get<Group[]>(`${pathOf(org)}${query({ exclude_members: true })}`, signal) });

export const groupByName = (org: string, name: string) => queryOptions({ queryKey: ["groups", org, name], queryFn: ({ signal }) => api.get<Group>(`${path(org, name)}${query({ exclude_members: true })}`, signal) });

export const groupMembers = (org: string, name: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ["groups", org, name, "members", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.get<GroupMembersResponse>(`${path(org, name)}/members${query({ q, limit: kPage, offset: pageParam || undefined })}`, signal),
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.users.length, 0);
      return last.users.length > 0 && seen < last.count ? seen : undefined;
    },
    placeholderData: keepPreviousData,
  });

function useGroupChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["groups"] }) });
}

export const useCreateGroup = (org: string) => useGroupChange((ask: CreateGroupRequest) => api.post<Group>(pathOf(org), ask));

// Only the lists are asked for anew: the page of what is deleted is left, not loaded again.
export function useDeleteGroup() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (id: string) => api.remove(`/groups/${id}`), onSuccess: () => queries.invalidateQueries({ queryKey: ["groups"], predicate: (one) => one.queryKey.length === 2 }) });
}

// Only what is named changes: an empty list, an empty name and null leave things alone.
const kSame: PatchGroupRequest = { add_users: [], remove_users: [], name: "", display_name: null, avatar_url: null, quota_allowance: null };
export const useChangeGroup = () => useGroupChange(({ id, ask }: { id: string; ask: Partial<PatchGroupRequest> }) => api.patch<Group>(`/groups/${id}`, { ...kSame, ...ask }));
