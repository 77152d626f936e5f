// Who may open an app or a port, in words: a level, and those who are named beside it.
import type { WorkspaceAgentPortShareLevel as Level, WorkspaceApp, WorkspaceAppSharing } from "@gen";
import { words } from "@/strings/apps";
import type { Tone } from "@/ui/State";

export type Entry = WorkspaceAppSharing["shares"][number];

// From the narrowest to the widest.
const kLevels: Level[] = ["owner", "organization", "authenticated", "public"];

export const upTo = (most: Level): Level[] => kLevels.slice(0, Math.max(0, kLevels.indexOf(most)) + 1);

// `owner` is empty when it is the reader. Without a host of its own nothing opens for anybody else, whatever is set.
export function whoMay(level: Level, hosted: boolean, entry: Pick<Entry, "users" | "groups"> | undefined, owner: string): string {
  const alone = owner === "" ? words.onlyYou : words.onlyOwner(owner);
  if (!hosted) return alone;
  return words.and(words.levels[level] ?? alone, words.byName(entry?.users.length ?? 0, entry?.groups.length ?? 0));
}

export function appHealth(app: Pick<WorkspaceApp, "external" | "command" | "health">): { tone: Tone; word: string } {
  if (app.external) return { tone: "off", word: words.elsewhere };
  if (app.command) return { tone: "off", word: words.inTerminal };
  const word = words.health[app.health] ?? words.health.disabled ?? "";
  if (app.health === "healthy") return { tone: "good", word };
  if (app.health === "initializing") return { tone: "wait", word };
  return { tone: app.health === "unhealthy" ? "bad" : "off", word };
}

export type Group = { title: string; apps: WorkspaceApp[] };

// In the order the author wrote; a group stands where its first app does.
export function groupsOf(apps: WorkspaceApp[]): Group[] {
  const groups: Group[] = [];
  for (const app of apps) {
    const title = app.group ?? "";
    const group = groups.find((one) => one.title === title);
    if (group) group.apps.push(app);
    else groups.push({ title, apps: [app] });
  }
  return groups;
}

export const entryOfApp = (sharing: WorkspaceAppSharing | undefined, slug: string): Entry | undefined => sharing?.shares.find((one) => one.app === slug);

export const entryOfPort = (sharing: WorkspaceAppSharing | undefined, agent: string, port: number): Entry | undefined =>
  sharing?.shares.find((one) => one.app === "" && one.port === port && one.agent_name === agent);
