// Pools of prebuilt workspaces: a template's, all that wait, the switch that pauses them.
import type { InvalidatePresetsResponse, PrebuildsSettings, PrebuildStatus, WorkspacesResponse } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query } from "@/lib/api";

export const poolsOf = (templateId: string) =>
  queryOptions({ queryKey: ["prebuilds", templateId], queryFn: ({ signal }) => api.get<PrebuildStatus>(`/templates/${templateId}/prebuilds/status`, signal), refetchInterval: 5_000 });

export const settingsQuery = queryOptions({ queryKey: ["prebuilds", "settings"], queryFn: ({ signal }) => api.get<PrebuildsSettings>("/prebuilds/settings", signal) });

export const membersQuery = queryOptions({
  queryKey: ["prebuilds", "members"],
  queryFn: async ({ signal }) => (await api.get<WorkspacesResponse>(`/workspaces${query({ q: "owner:prebuilds" })}`, signal)).workspaces,
  refetchInterval: 5_000,
});

function usePoolChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["prebuilds"] }) });
}

export const usePause = () => usePoolChange((paused: boolean) => api.put<PrebuildsSettings | undefined>("/prebuilds/settings", { reconciliation_paused: paused }));
export const useRenew = () => usePoolChange((templateId: string) => api.post<InvalidatePresetsResponse>(`/templates/${templateId}/prebuilds/invalidate`));
