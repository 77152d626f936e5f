// Agents: their logs, live values and terminals.
import type { IssueReconnectingPTYSignedTokenResponse, WorkspaceAgent, WorkspaceAgentIdentity, WorkspaceAgentLog, WorkspaceAgentMetadata } from "@gen";
import { queryOptions } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Line } from "@/builds/fold";
import { ApiError, api, query, socketUrl } from "@/lib/api";
import { followLog, type Link, watchEvents } from "@/lib/stream";

// Of a machine that is waited for: why its last proof was refused, for those who may know it.
export const awaitedMachine = (agent: WorkspaceAgent) =>
  queryOptions({
    queryKey: ["awaited-machine", agent.id],
    queryFn: ({ signal }) => api.get<WorkspaceAgentIdentity>(`/workspaceagents/${agent.id}/identity`, signal),
    enabled: Boolean(agent.instance_id) && agent.status !== "connected",
    refetchInterval: 10_000,
  });

export function useMetadata(agentId: string, on: boolean): WorkspaceAgentMetadata[] | undefined {
  const [values, setValues] = useState<WorkspaceAgentMetadata[]>();
  useEffect(() => {
    if (on) return watchEvents<WorkspaceAgentMetadata[]>(`/workspaceagents/${agentId}/watch-metadata`, setValues);
  }, [agentId, on]);
  return values;
}

type AgentLine = Line & { source: string };

const toLine = (l: WorkspaceAgentLog): AgentLine => ({ id: l.id, at: l.created_at, level: l.level, stage: "", text: l.output, source: l.source_id });

// `lines` is one list that grows: what depends on it depends on its length too.
type AgentLog = { lines: AgentLine[]; link: Link; error: ApiError | undefined };

export function useAgentLog(agentId: string): AgentLog {
  const [log, setLog] = useState<AgentLog>({ lines: [], link: "connecting", error: undefined });
  useEffect(() => {
    const lines: AgentLine[] = [];
    setLog({ lines, link: "connecting", error: undefined });
    return followLog<WorkspaceAgentLog>({
      path: (ask) => `/workspaceagents/${agentId}/logs${query(ask)}`,
      onLines: (more) => {
        for (const line of more) lines.push(toLine(line));
        setLog((old) => ({ ...old, lines }));
      },
      onLink: (link, error) => setLog((old) => ({ ...old, link, error })),
    });
  }, [agentId]);
  return log;
}

// Whether the server lets one see this agent no more.
export async function refused(agentId: string, signal: AbortSignal): Promise<boolean> {
  try {
    await api.get(`/workspaceagents/${agentId}`, signal);
    return false;
  } catch (error: unknown) {
    return error instanceof ApiError && [401, 403, 404].includes(error.status);
  }
}

type Pty = { reconnect: string; height: number; width: number; command?: string | undefined; viewer: string; received: number };

export function ptyUrl(agentId: string, ask: Pty): string {
  return socketUrl(`/workspaceagents/${agentId}/pty${query(ask)}`);
}

// The same shell by a proxy, with a token for one minute that this server gives.
export async function ptyByProxy(agentId: string, ask: Pty, proxy: string): Promise<string> {
  const url = `${proxy.replace(/^http/, "ws")}/api/v2/workspaceagents/${agentId}/pty`;
  const { signed_token: token } = await api.post<IssueReconnectingPTYSignedTokenResponse>("/applications/reconnecting-pty-signed-token", { url, agentID: agentId });
  return `${url}${query({ ...ask, coder_signed_app_token_23db1dde: token })}`;
}
