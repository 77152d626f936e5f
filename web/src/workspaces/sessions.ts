// Who is inside a workspace, in words.
import type { WorkspaceSession } from "@gen";
import { sessions as words } from "@/strings/workspaces";

export const kShown = 8;

export function kindOf(session: Pick<WorkspaceSession, "type" | "port">): string {
  if (session.type === "port_forwarding") return words.port(session.port ?? "");
  return words.kinds[session.type] ?? words.other;
}

export function whoIs(session: Pick<WorkspaceSession, "user">, me: string): string {
  if (!session.user) return words.nobodyKnown;
  return session.user.username === me ? words.you : session.user.name || session.user.username;
}
