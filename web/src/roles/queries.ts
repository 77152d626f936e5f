// Custom roles of an organization: made, changed, deleted, and tried before they are saved.
import type { AuthorizationCheck, AuthorizationExplainRequest, AuthorizationExplanation, CustomRoleRequest, Group, Organization, Role, Template, WorkspacesResponse } from "@gen";
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";
import { organizationPath } from "@/organizations/queries";
import { kPairs, type Mine, type Pair } from "./matrix";

// Which rights the person here holds over everything of the organization, and over their own there: nobody gives more than they have.
export const heldQuery = (id: string) =>
  queryOptions({
    queryKey: ["me", "rights", "held", id],
    enabled: id !== "",
    staleTime: 60_000,
    queryFn: async (): Promise<Mine> => {
      const check = (pair: Pair, own: boolean) => ({ object: { resource_type: pair.split(":")[0], organization_id: id, ...(own ? { owner_id: "me" } : {}) }, action: pair.split(":")[1] }) as AuthorizationCheck;
      const checks = Object.fromEntries(kPairs.flatMap((pair) => [[`all ${pair}`, check(pair, false)], [`own ${pair}`, check(pair, true)]]));
      const answers = await api.post<Record<string, boolean>>("/authcheck", { checks });
      const held = (level: string) => new Set(kPairs.filter((pair) => answers[`${level} ${pair}`]));
      return { all: held("all"), own: held("own") };
    },
  });

function useRoleChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["members"] }) });
}

const path = (org: string) => `${organizationPath(org)}/members/roles`;
export const useCreateRole = (org: string) => useRoleChange((ask: CustomRoleRequest) => api.post<Role>(path(org), ask));
export const useSaveRole = (org: string) => useRoleChange((ask: CustomRoleRequest) => api.put<Role>(path(org), ask));
export const useDeleteRole = (org: string) => useRoleChange((name: string) => api.remove(`${path(org)}/${seg(name)}`));

export const explainQuery = (ask: AuthorizationExplainRequest | undefined) =>
  queryOptions({
    queryKey: ["explain", ask],
    queryFn: () => api.post<AuthorizationExplanation>("/authcheck/explain", ask),
    enabled: ask !== undefined,
    retry: false,
    staleTime: 10_000,
  });

export type Named = { id: string; name: string };
const kPicks = 20;

// Things that have a name of their own, by their type on the wire.
const kNamed: Record<string, (o: Organization, like: string, signal: AbortSignal) => Promise<Named[]>> = {
  workspace: async (o, like, signal) => (await api.get<WorkspacesResponse>(`/workspaces${query({ q: `organization:${o.name} ${like}`.trim(), limit: kPicks })}`, signal)).workspaces.map((w) => ({ id: w.id, name: `${w.owner_name}/${w.name}` })),
  template: async (o, like, signal) => matching((await api.get<Template[]>(`${organizationPath(o.id)}/templates`, signal)).map((t) => ({ id: t.id, name: t.display_name || t.name })), like),
  group: async (o, like, signal) => matching((await api.get<Group[]>(`${organizationPath(o.id)}/groups${query({ exclude_members: true })}`, signal)).map((g) => ({ id: g.id, name: g.display_name || g.name })), like),
};

const matching = (list: Named[], like: string) => list.filter((one) => one.name.toLowerCase().includes(like.toLowerCase())).slice(0, kPicks);

export const namedQuery = (o: Organization, type: string, like: string) => queryOptions({ queryKey: ["named", o.id, type, like], queryFn: ({ signal }) => kNamed[type]?.(o, like, signal) ?? [], enabled: type in kNamed, placeholderData: keepPreviousData, staleTime: 10_000 });
