import type { WorkspaceAgent, WorkspaceBuild } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { timingsOf } from "./queries";
import type { LogStage } from "./logstages";
import { isOver, type Stage, timeline } from "./stages";

// The scripts' times are asked for when they can be known: once the job is over, and again when the agents are through.
export function useTimeline(build: WorkspaceBuild, log: readonly LogStage[], agents: readonly WorkspaceAgent[], now: number): Stage[] {
  const through = agents.map((agent) => agent.lifecycle_state).join(" ");
  const timings = useQuery({ ...timingsOf(build.id, through), enabled: isOver(build), retry: false });
  return timeline(build, log, agents, timings.data, now);
}
