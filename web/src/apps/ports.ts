// The ports of an agent: what listens, and what is shared whether it listens now or not.
import type { WorkspaceAgentListeningPort, WorkspaceAgentPortShare, WorkspaceAppSharing } from "@gen";
import type { Entry } from "./levels";

export type PortRow = { port: number; program: string; listens: boolean; share: WorkspaceAgentPortShare | undefined; entry: Entry | undefined };

export const kLeastPort = 9;
export const kMostPort = 65_535;
export const isPort = (port: number | undefined): port is number => port !== undefined && Number.isInteger(port) && port >= kLeastPort && port <= kMostPort;

// Shares are kept by the agent's name, so that they outlive a build.
export function portRows(listening: WorkspaceAgentListeningPort[], shares: WorkspaceAgentPortShare[], sharing: WorkspaceAppSharing | undefined, agent: string): PortRow[] {
  const rows = new Map<number, PortRow>();
  const row = (port: number): PortRow => {
    const found = rows.get(port) ?? { port, program: "", listens: false, share: undefined, entry: undefined };
    rows.set(port, found);
    return found;
  };
  for (const one of listening) Object.assign(row(one.port), { listens: true, program: one.process_name });
  for (const share of shares) if (share.agent_name === agent) row(share.port).share = share;
  for (const entry of sharing?.shares ?? []) if (entry.app === "" && entry.agent_name === agent) row(entry.port).entry = entry;
  return [...rows.values()].toSorted((a, b) => a.port - b.port);
}
