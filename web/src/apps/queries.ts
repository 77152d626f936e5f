// Who may open what of a workspace: ports that listen, ports that are shared, and lists of people and groups.
import type {
  AuthorizationResponse,
  Group,
  PaginatedMembersResponse,
  UpdateWorkspaceAppSharing,
  UpsertWorkspaceAgentPortShareRequest,
  WorkspaceAgentListeningPortsResponse,
  WorkspaceAgentPortShare,
  WorkspaceAgentPortShares,
  WorkspaceAppSharing,
} from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

// Asked of the agent itself.
export const listeningPorts = (agentId: string) =>
  queryOptions({ queryKey: ["listening-ports", agentId], queryFn: ({ signal }) => api.get<WorkspaceAgentListeningPortsResponse>(`/workspaceagents/${agentId}/listening-ports`, signal), refetchInterval: 10_000 });

export const portShares = (workspaceId: string) =>
  queryOptions({ queryKey: ["workspace", workspaceId, "port-shares"], queryFn: ({ signal }) => api.get<WorkspaceAgentPortShares>(`/workspaces/${workspaceId}/port-share`, signal) });

export const appSharing = (workspaceId: string) =>
  queryOptions({ queryKey: ["workspace", workspaceId, "app-sharing"], queryFn: ({ signal }) => api.get<WorkspaceAppSharing>(`/workspaces/${workspaceId}/app-sharing`, signal), retry: false });

// Whether I may open its ports to others.
export const mayUpdate = (workspaceId: string) =>
  queryOptions({
    queryKey: ["workspace", workspaceId, "may-update"],
    queryFn: async () => (await api.post<AuthorizationResponse>("/authcheck", { checks: { update: { object: { resource_type: "workspace", resource_id: workspaceId }, action: "update" } } })).update ?? false,
    staleTime: 60_000,
    retry: false,
  });

const kMost = 20;

export const membersLike = (organizationId: string, text: string) =>
  queryOptions({
    queryKey: ["members", organizationId, text],
    queryFn: ({ signal }) => api.get<PaginatedMembersResponse>(`/organizations/${organizationId}/paginated-members${query({ q: text, limit: kMost })}`, signal),
    enabled: text.length >= 2,
    staleTime: 30_000,
    retry: false,
  });

export const groupsOfOrganization = (organizationId: string) =>
  queryOptions({ queryKey: ["groups", "of", organizationId], queryFn: ({ signal }) => api.get<Group[]>(`/organizations/${seg(organizationId)}/groups`, signal), staleTime: 30_000, retry: false });

function useSharingChange<A, R>(workspaceId: string, run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: portShares(workspaceId).queryKey }), queries.invalidateQueries({ queryKey: appSharing(workspaceId).queryKey })]) });
}

export const useSharePort = (workspaceId: string) => useSharingChange(workspaceId, (ask: UpsertWorkspaceAgentPortShareRequest) => api.post<WorkspaceAgentPortShare>(`/workspaces/${workspaceId}/port-share`, ask));
export const useUnsharePort = (workspaceId: string) => useSharingChange(workspaceId, (ask: { agent_name: string; port: number }) => api.remove(`/workspaces/${workspaceId}/port-share`, ask));
export const useAccess = (workspaceId: string) => useSharingChange(workspaceId, (ask: UpdateWorkspaceAppSharing) => api.patch(`/workspaces/${workspaceId}/app-sharing`, ask));
