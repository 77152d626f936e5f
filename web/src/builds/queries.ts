// Builds: one build, the builds of a workspace, their logs (live or whole), timings, parameters, cancel.
import type { ProvisionerJobLog, Response, WorkspaceBuild, WorkspaceBuildParameter, WorkspaceBuildTimings } from "@gen";
import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, api, query } from "@/lib/api";
import { followLog, type Link } from "@/lib/stream";
import type { Line } from "./fold";

export const buildByNumber = (user: string, workspace: string, number: number) =>
  queryOptions({
    queryKey: ["build", user, workspace, number],
    queryFn: ({ signal }) => api.get<WorkspaceBuild>(`/users/${encodeURIComponent(user)}/workspace/${encodeURIComponent(workspace)}/builds/${number}`, signal),
  });

export const buildsOf = (workspaceId: string) =>
  queryOptions({ queryKey: ["workspace", workspaceId, "builds"], queryFn: ({ signal }) => api.get<WorkspaceBuild[]>(`/workspaces/${workspaceId}/builds?limit=50`, signal) });

// `through`: how far its agents are; they report their times when they get further.
export const timingsOf = (buildId: string, through: string) =>
  queryOptions({
    queryKey: ["build", buildId, "timings", through],
    queryFn: ({ signal }) => api.get<WorkspaceBuildTimings>(`/workspacebuilds/${buildId}/timings`, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const buildParameters = (buildId: string) =>
  queryOptions({ queryKey: ["build", buildId, "parameters"], queryFn: ({ signal }) => api.get<WorkspaceBuildParameter[]>(`/workspacebuilds/${buildId}/parameters`, signal) });

export function useCancelBuild() {
  return useMutation({ mutationFn: (buildId: string) => api.patch<Response>(`/workspacebuilds/${buildId}/cancel`) });
}

export const toLine = (log: ProvisionerJobLog): Line => ({ id: log.id, at: log.created_at, level: log.log_level, stage: log.stage, text: log.output });

// `lines` is one list that grows: what depends on it depends on its length too.
export type Log = { lines: Line[]; link: Link; error: ApiError | undefined };

// The log of a job: followed from its first line while it runs, fetched once when it has ended.
export function useJobLog(path: string, live: boolean): Log {
  const [log, setLog] = useState<Log>({ lines: [], link: "connecting", error: undefined });
  const [mode] = useState(() => new Map<string, boolean>());
  if (!mode.has(path)) mode.set(path, live);
  useEffect(() => {
    const lines: Line[] = [];
    setLog({ lines, link: "connecting", error: undefined });
    if (path === "") return;
    if (mode.get(path)) {
      return followLog<ProvisionerJobLog>({
        path: (ask) => `${path}${query(ask)}`,
        onLines: (more) => {
          for (const line of more) lines.push(toLine(line));
          setLog((old) => ({ ...old, lines }));
        },
        onLink: (link, error) => setLog((old) => ({ ...old, link, error })),
      });
    }
    const stop = new AbortController();
    api
      .get<ProvisionerJobLog[]>(path, stop.signal)
      .then((all) => setLog({ lines: all.map(toLine), link: "ended", error: undefined }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setLog({ lines: [], link: "ended", error: error instanceof ApiError ? error : new ApiError(0, {}) });
      });
    return () => stop.abort();
  }, [path, mode]);
  return log;
}

export const buildLogPath = (buildId: string) => `/workspacebuilds/${buildId}/logs`;
export const versionLogPath = (versionId: string) => `/templateversions/${versionId}/logs`;
