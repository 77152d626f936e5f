// Proxies that serve apps from other places: list, and what administrators do with them.
import type { CreateWorkspaceProxyRequest, PatchWorkspaceProxy, UpdateWorkspaceProxyResponse, WorkspaceProxiesResponse } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, seg } from "@/lib/api";
import { regionsQuery } from "@/me/queries";

export const proxiesQuery = queryOptions({ queryKey: ["proxies"], queryFn: async ({ signal }) => (await api.get<WorkspaceProxiesResponse>("/workspaceproxies", signal)).regions, refetchInterval: 30_000 });

function useProxyChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: proxiesQuery.queryKey }), queries.invalidateQueries({ queryKey: regionsQuery.queryKey })]) });
}

export const useAddProxy = () => useProxyChange((ask: CreateWorkspaceProxyRequest) => api.post<UpdateWorkspaceProxyResponse>("/workspaceproxies", ask));
export const useChangeProxy = () => useProxyChange((ask: PatchWorkspaceProxy & { id: string }) => api.patch<UpdateWorkspaceProxyResponse>(`/workspaceproxies/${seg(ask.id)}`, ask));
export const useDeleteProxy = () => useProxyChange((id: string) => api.remove(`/workspaceproxies/${seg(id)}`));
