// What ends with a workspace: whose sessions, in one sentence.
import type { WorkspaceSessions } from "@gen";
import { ending as words } from "@/strings/workspaces";

const kNamed = 3;

export function endsWhat(open: WorkspaceSessions | undefined, me: string): string {
  if (!open) return words.unknown;
  if (open.count === 0) return words.nobody;
  const others = new Set<string>();
  let mine = false;
  for (const { user } of open.sessions) {
    if (user?.username === me) mine = true;
    else others.add(user ? user.name || user.username : words.gone);
  }
  if (others.size === 0) return words.mine(open.count);
  return words.theirs(open.count, listed([...others, ...(mine ? [words.you] : [])]));
}

function listed(names: string[]): string {
  const [first, ...rest] = names.length > kNamed ? [...names.slice(0, kNamed - 1), words.others(names.length - kNamed + 1)] : names;
  const last = rest.pop();
  return last === undefined ? (first ?? "") : `${[first, ...rest].join(", ")} ${words.and} ${last}`;
}

const kMostAsked = 20;

// The sessions of several together; undefined when one of them, or so many, cannot be asked about.
export async function allSessions(rows: readonly { id: string }[], ask: (id: string) => Promise<WorkspaceSessions>): Promise<WorkspaceSessions | undefined> {
  if (rows.length > kMostAsked) return undefined;
  try {
    const all = await Promise.all(rows.map((w) => ask(w.id)));
    return { sessions: all.flatMap((one) => one.sessions), count: all.reduce((sum, one) => sum + one.count, 0) };
  } catch {
    return undefined; // who is connected is not known then, and that is said
  }
}
