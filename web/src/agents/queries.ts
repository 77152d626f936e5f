// Agents: their logs, live values, terminals, and where the wildcard app host is.
import type { AppHostResponse, WorkspaceAgentLog, WorkspaceAgentMetadata } from "@gen";
import { queryOptions } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Line } from "@/builds/fold";
import { api, query, socketUrl } from "@/lib/api";
import { followLog, type Link, watchEvents } from "@/lib/stream";

export const appHost = queryOptions({ queryKey: ["app-host"], queryFn: ({ signal }) => api.get<AppHostResponse>("/applications/host", signal), staleTime: Infinity, retry: false });

export function useMetadata(agentId: string, on: boolean): WorkspaceAgentMetadata[] | undefined {
  const [values, setValues] = useState<WorkspaceAgentMetadata[]>();
  useEffect(() => {
    if (on) return watchEvents<WorkspaceAgentMetadata[]>(`/workspaceagents/${agentId}/watch-metadata`, setValues);
  }, [agentId, on]);
  return values;
}

type AgentLine = Line & { source: string };

export function useAgentLog(agentId: string): { lines: AgentLine[]; link: Link } {
  const [lines, setLines] = useState<AgentLine[]>([]);
  const [link, setLink] = useState<Link>("connecting");
  useEffect(() => {
    setLines([]);
    return followLog<WorkspaceAgentLog>({
      path: (after) => `/workspaceagents/${agentId}/logs${query({ follow: true, after })}`,
      onLines: (more) => setLines((old) => [...old, ...more.map((l) => ({ id: l.id, at: l.created_at, level: l.level, stage: "", text: l.output, source: l.source_id }))]),
      onLink: setLink,
    });
  }, [agentId]);
  return { lines, link };
}

export function ptyUrl(agentId: string, ask: { reconnect: string; height: number; width: number; command?: string | undefined }): string {
  return socketUrl(`/workspaceagents/${agentId}/pty${query(ask)}`);
}
