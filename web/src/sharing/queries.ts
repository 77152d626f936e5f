// With whom a workspace is shared, and changing it: shown at once, and put back when the server refuses.
import type { AuthorizationResponse, UpdateWorkspaceACL, WorkspaceACL } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { type Sharer, withSharer } from "./who";

export const sharingQuery = (workspaceId: string) =>
  queryOptions({ queryKey: ["workspace", workspaceId, "acl"], queryFn: ({ signal }) => api.get<WorkspaceACL>(`/workspaces/${workspaceId}/acl`, signal), retry: false, staleTime: 15_000 });

export const mayShare = (workspaceId: string) =>
  queryOptions({
    queryKey: ["workspace", workspaceId, "may-share"],
    queryFn: async () => (await api.post<AuthorizationResponse>("/authcheck", { checks: { share: { object: { resource_type: "workspace", resource_id: workspaceId }, action: "share" } } })).share ?? false,
    staleTime: 60_000,
    retry: false,
  });

const askFor = ({ kind, id, role }: Sharer): UpdateWorkspaceACL => (kind === "user" ? { user_roles: { [id]: role } } : { group_roles: { [id]: role } });

export function useShare(workspaceId: string) {
  const queries = useQueryClient();
  const { queryKey } = sharingQuery(workspaceId);
  return useMutation({
    mutationFn: (who: Sharer) => api.patch(`/workspaces/${workspaceId}/acl`, askFor(who)),
    scope: { id: `share-${workspaceId}` },
    onMutate: async (who) => {
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData(queryKey);
      if (before) queries.setQueryData(queryKey, withSharer(before, who));
      return { before };
    },
    onError: (_error, _who, kept) => kept?.before && queries.setQueryData(queryKey, kept.before),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
}
