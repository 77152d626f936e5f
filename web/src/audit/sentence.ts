// An entry of the audit log as a sentence, and its changes as words.
import type { AuditDiffField, AuditLog } from "@gen";
import { words } from "@/strings/audit";

export type Piece = { text: string; part: "who" | "what" | "words" };

// The server's sentence holds {user} and {target}; without one, it is made of the action and the kind.
export function sentence(entry: Pick<AuditLog, "description" | "action" | "resource_type" | "resource_target" | "user">): Piece[] {
  const who = entry.user?.username || words.nobody;
  const kind = words.kinds[entry.resource_type] ?? entry.resource_type.replaceAll("_", " ");
  const said = entry.description || `{user} ${words.actions[entry.action] ?? entry.action.replaceAll("_", " ")} ${kind} {target}`;
  // What has no name of its own is not said twice: "updated appearance appearance".
  const twice = `${entry.resource_target} {target}`;
  const text = entry.resource_target !== "" && said.endsWith(` ${twice}`) ? said.slice(0, -twice.length) + "{target}" : said;
  return text
    .split(/(\{user\}|\{target\})/)
    .filter((piece) => piece !== "")
    .map((piece): Piece => (piece === "{user}" ? { text: who, part: "who" } : piece === "{target}" ? { text: entry.resource_target || kind, part: "what" } : { text: piece, part: "words" }));
}

export type Change = { name: string; before: string; after: string };

function value(given: unknown): string {
  if (given === undefined || given === null || given === "") return words.nothing;
  return typeof given === "string" ? given : JSON.stringify(given);
}

export function changes(diff: Record<string, AuditDiffField>): Change[] {
  return Object.entries(diff).map(([name, field]) => ({
    name: name.replaceAll("_", " "),
    before: field.secret ? words.secret : value(field.old),
    after: field.secret ? words.secret : value(field.new),
  }));
}

// Inside this dashboard only: what the server says is a path of the API's own names for pages, led to ours.
export function inside(link: string): string | undefined {
  if (!/^\/(?!\/)[^\\]*$/.test(link)) return undefined;
  return link
    .replace(/^\/users\?filter=(.+)$/, "/users/$1")
    .replace(/^\/users\?filter=$/, "/users")
    .replace(/^(\/@[^/]+\/[^/]+)\/builds\/(\d+)$/, "$1?build=$2");
}
