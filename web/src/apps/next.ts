// Where a visitor goes on to who came for an app or a port while its workspace did not run.
import type { Workspace, WorkspaceAgent } from "@gen";
import { appPlace, portPlace } from "@/agents/links";
import type { Entrance } from "@/me/regions";

export type Wanted = { open: string; agent?: string | undefined };

const agentsOf = (w: Workspace): WorkspaceAgent[] => w.latest_build.resources.flatMap((resource) => resource.agents ?? []);

// Nothing until the workspace runs and the agent is there. Of what the address names, only an app or a port of this very workspace counts.
export function nextPlace(w: Workspace, wanted: Wanted, at: Entrance): string | undefined {
  if (w.latest_build.status !== "running") return undefined;
  const ready = agentsOf(w).filter((one) => one.status === "connected");
  const port = /^(\d{1,5})(s?)$/.exec(wanted.open);
  if (port) {
    const agent = ready.find((one) => wanted.agent === undefined || one.name.toLowerCase() === wanted.agent.toLowerCase());
    return agent && at.host.startsWith("*") ? portPlace(w, agent, Number(port[1]), port[2] === "s", at) : undefined;
  }
  for (const agent of ready) {
    const app = agent.apps.find((one) => one.slug === wanted.open && !one.external && !one.command);
    if (app) return appPlace(w, agent, app, at)?.href;
  }
  return undefined;
}

// Is there still something to wait for?
export const isAwaited = (w: Workspace): boolean => w.latest_build.status !== "running" || agentsOf(w).some((one) => one.status === "connecting");
