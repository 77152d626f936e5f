// Why an agent is not there, in words.
import type { RefusedProof, WorkspaceAgent } from "@gen";
import { words } from "@/strings/agents";

type Absence = { text: string; since?: string; refused?: { text: string; at: string } };

type Absent = Pick<WorkspaceAgent, "status" | "instance_id" | "connection_timeout_seconds" | "disconnected_at">;

// `refused` is the last proof of its machine that was no good, for those who may know of it.
export function absence(agent: Absent, refused?: RefusedProof | null): Absence {
  const why = reason(agent);
  return refused ? { ...why, refused: { text: words.absent.refused(refused.reason), at: refused.refused_at } } : why;
}

function reason(agent: Absent): Absence {
  if (agent.status === "disconnected") return agent.disconnected_at ? { text: words.absent.disconnected, since: agent.disconnected_at } : { text: words.absent.disconnected };
  // A machine of a cloud proves itself by its id: until it does, nobody knows whether it exists.
  if (agent.instance_id) return { text: agent.status === "timeout" ? words.absent.machineLate(agent.instance_id) : words.absent.machine(agent.instance_id) };
  return { text: agent.status === "timeout" ? words.absent.timeout(agent.connection_timeout_seconds) : words.absent.connecting };
}
