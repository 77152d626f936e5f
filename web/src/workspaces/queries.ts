// Workspaces: list, one (live), and everything one can do to them.
import type {
  CreateWorkspaceBuildRequest,
  CreateWorkspaceRequest,
  UpdateWorkspaceRequest,
  Workspace,
  WorkspaceBuild,
  WorkspaceBuildParameter,
  WorkspaceQuota,
  WorkspaceSessions,
  WorkspacesResponse,
} from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, query, seg } from "@/lib/api";
import { watchEvents } from "@/lib/stream";
import { useMe } from "@/me/queries";
import { tellTabs } from "./live";

export const workspacesQuery = (q: string, limit: number) =>
  queryOptions({ queryKey: ["workspaces", "some", q, limit], queryFn: ({ signal }) => api.get<WorkspacesResponse>(`/workspaces${query({ q, limit })}`, signal), staleTime: 15_000 });

// What my workspaces of an organization may cost a day, and what they do.
export const quotaQuery = (organizationId: string) =>
  queryOptions({ queryKey: ["quota", organizationId], queryFn: ({ signal }) => api.get<WorkspaceQuota>(`/organizations/${organizationId}/members/me/workspace-quota`, signal) });

const kPage = 200;

const kLookMs = 30_000;

// The list in pages. What moves is told of by streams (live.ts); the rest is asked for now and then, and costs next to nothing while
// it is as it was.
export const workspacePages = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["workspaces", "pages", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.getChanged<WorkspacesResponse>(`/workspaces${query({ q, limit: kPage, offset: pageParam || undefined })}`, signal),
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.workspaces.length, 0);
      return last.workspaces.length > 0 && seen < last.count ? seen : undefined;
    },
    placeholderData: keepPreviousData,
    refetchInterval: kLookMs,
  });

export const workspaceByName = (user: string, name: string) =>
  queryOptions({ queryKey: ["workspace", user, name], queryFn: ({ signal }) => api.get<Workspace>(`/users/${seg(user)}/workspace/${seg(name)}`, signal) });

export const workspaceById = (id: string) => queryOptions({ queryKey: ["workspace", id], queryFn: ({ signal }) => api.get<Workspace>(`/workspaces/${id}`, signal) });

// Who is inside now. Sessions come and go without news of the workspace.
export const openSessions = (id: string) =>
  queryOptions({ queryKey: ["workspace", id, "sessions"], queryFn: ({ signal }) => api.get<WorkspaceSessions>(`/workspaces/${id}/sessions`, signal), refetchInterval: 15_000 });

// One workspace, kept current by the server's stream; polled while the stream is away.
export function useWorkspace(user: string, name: string) {
  const queries = useQueryClient();
  const options = workspaceByName(user, name);
  const [heard, setHeard] = useState(false);
  const found = useQuery({ ...options, refetchInterval: heard ? false : kLookMs });
  const id = found.data?.id;
  useEffect(() => {
    if (id === undefined) return;
    const onRow = (fresh: Workspace) => {
      if (fresh?.id === id) queries.setQueryData(["workspace", user, name], fresh);
    };
    return watchEvents<Workspace>(`/workspaces/${id}/watch`, onRow, (link) => setHeard(link === "open"));
  }, [id, user, name, queries]);
  return found;
}

// What I may do to a workspace that is not mine; one's own needs no question.
export type May = Record<"update" | "start" | "stop" | "delete", boolean>;
const kAll: May = { update: true, start: true, stop: true, delete: true };

export function useMay(w: Pick<Workspace, "id" | "owner_id" | "organization_id">): May {
  const me = useMe();
  const mine = w.owner_id === me.id;
  const object = { resource_type: "workspace" as const, resource_id: w.id };
  const checks = Object.fromEntries((Object.keys(kAll) as (keyof May)[]).map((action) => [action, { object, action }]));
  const found = useQuery({ queryKey: ["workspace", w.id, "may"], queryFn: () => api.post<May>("/authcheck", { checks }), enabled: !mine, staleTime: 60_000, retry: false });
  return mine ? kAll : (found.data ?? { update: false, start: false, stop: false, delete: false });
}

function useRefresh() {
  const queries = useQueryClient();
  return () => {
    tellTabs();
    return Promise.all([queries.invalidateQueries({ queryKey: ["workspaces"] }), queries.invalidateQueries({ queryKey: ["workspace"] })]);
  };
}

export function useBuild() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, ask }: { id: string; ask: CreateWorkspaceBuildRequest }) => api.post<WorkspaceBuild>(`/workspaces/${id}/builds`, { reason: "dashboard", ...ask }),
    onSettled: refresh,
  });
}

export function useCreateWorkspace() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ owner, ask }: { owner: string; ask: CreateWorkspaceRequest }) => api.post<Workspace>(`/users/${seg(owner)}/workspaces`, ask),
    onSuccess: refresh,
  });
}

function useChange<A>(run: (ask: A) => Promise<unknown>) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: run, onSuccess: refresh });
}

// The page moves to the new name first; only then is it asked for anew.
export function useRename() {
  const refresh = useRefresh();
  const rename = useMutation({ mutationFn: ({ id, ask }: { id: string; ask: UpdateWorkspaceRequest }) => api.patch(`/workspaces/${id}`, ask) });
  return { ...rename, refresh };
}
export const useAutostart = () => useChange(({ id, schedule }: { id: string; schedule: string | null }) => api.put(`/workspaces/${id}/autostart`, { schedule }));
export const useTtl = () => useChange(({ id, ms }: { id: string; ms: number | null }) => api.put(`/workspaces/${id}/ttl`, { ttl_ms: ms }));
export const useAutoUpdates = () => useChange(({ id, always }: { id: string; always: boolean }) => api.put(`/workspaces/${id}/autoupdates`, { automatic_updates: always ? "always" : "never" }));
export const useWake = () => useChange((id: string) => api.put(`/workspaces/${id}/dormant`, { dormant: false }));
export const useExtend = () => useChange(({ id, deadline }: { id: string; deadline: string }) => api.put(`/workspaces/${id}/extend`, { deadline }));
export const useFavorite = () => useChange(({ id, on }: { id: string; on: boolean }) => (on ? api.put(`/workspaces/${id}/favorite`) : api.remove(`/workspaces/${id}/favorite`)));

export const lastValues = (templateId: string) =>
  queryOptions({ queryKey: ["autofill", templateId], queryFn: ({ signal }) => api.get<WorkspaceBuildParameter[]>(`/users/me/autofill-parameters${query({ template_id: templateId })}`, signal), retry: false });
