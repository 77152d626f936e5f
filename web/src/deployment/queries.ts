// What the deployment is and how it is set up.
import type { AppearanceConfig, DeploymentConfig, DeploymentStats, NotificationMessage, NotificationsSettings, UpdateAppearanceConfig, WorkspaceProxiesResponse } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query } from "@/lib/api";
import { appearanceQuery } from "@/me/appearance";
import { type Facts, kMostLost } from "./needs";

export const configQuery = queryOptions({ queryKey: ["deployment", "config"], queryFn: async ({ signal }) => (await api.get<DeploymentConfig>("/deployment/config", signal)).options ?? [], staleTime: Infinity });
export const statsQuery = queryOptions({ queryKey: ["deployment", "stats"], queryFn: ({ signal }) => api.get<DeploymentStats>("/deployment/stats", signal), refetchInterval: 60_000 });

export const factsQuery = queryOptions({
  queryKey: ["deployment", "facts"],
  refetchInterval: 60_000,
  queryFn: async ({ signal }): Promise<Facts> => {
    const [settings, lost, proxies, stats] = await Promise.all([
      api.get<NotificationsSettings>("/notifications/settings", signal),
      api.get<NotificationMessage[]>(`/notifications/messages${query({ limit: kMostLost })}`, signal),
      api.get<WorkspaceProxiesResponse>("/workspaceproxies", signal),
      api.get<DeploymentStats>("/deployment/stats", signal),
    ]);
    return { paused: settings.notifier_paused, undelivered: lost.length, proxies: proxies.regions.map(({ name, display_name, status }) => ({ name, display_name, status: status?.status ?? "" })), pending: stats.workspaces.pending };
  },
});

export function useSetAppearance() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ask: UpdateAppearanceConfig) => api.put<UpdateAppearanceConfig>("/appearance", ask),
    onSuccess: (kept) => queries.setQueryData<AppearanceConfig>(appearanceQuery.queryKey, (old) => old && { ...old, ...kept }),
    onSettled: () => queries.invalidateQueries({ queryKey: appearanceQuery.queryKey }),
  });
}
