// A line of the connection log in words, and all of them as a file.
import type { ConnectionLog } from "@gen";
import { parseTime, span } from "@/lib/time";
import { words } from "@/strings/connections";
import type { Tone } from "@/ui/State";

// The dashboard's terminal is told as an app of this name.
const kTerminal = "terminal";

export function what(line: Pick<ConnectionLog, "type" | "web_info">): string {
  const slug = line.web_info?.slug_or_port ?? "";
  if (line.type === "port_forwarding") return words.port(slug);
  if (line.type === "workspace_app") return slug === kTerminal ? words.terminal : words.app(slug);
  return words.kinds[line.type] ?? words.other;
}

// What only the agent told of has nobody's name: it does not know who comes.
export function who(line: Pick<ConnectionLog, "web_info" | "ssh_info">): { name: string; picture: string | undefined; known: boolean } {
  const user = line.web_info?.user ?? line.ssh_info?.user;
  if (user) return { name: user.name || user.username, picture: user.avatar_url, known: true };
  return { name: line.web_info ? words.anonymous : words.somebody, picture: undefined, known: false };
}

export const isOpen = (line: Pick<ConnectionLog, "ssh_info">): boolean => line.ssh_info !== undefined && parseTime(line.ssh_info.disconnect_time) === undefined;

export type Outcome = { tone: Tone; word: string; why: string };

const kOutcomes: Record<number, Outcome> = {
  303: { tone: "off", word: words.signIn, why: "" },
  404: { tone: "bad", word: words.refused, why: words.notShared },
  502: { tone: "bad", word: words.unreachable, why: "" },
};

function webOutcome(status: number): Outcome {
  return kOutcomes[status] ?? (status >= 400 ? { tone: "bad", word: words.failed(status), why: "" } : { tone: "good", word: words.opened, why: "" });
}

export function outcome(line: Pick<ConnectionLog, "connect_time" | "web_info" | "ssh_info">): Outcome {
  if (line.web_info) return webOutcome(line.web_info.status_code);
  if (isOpen(line)) return { tone: "good", word: words.ongoing, why: "" };
  const began = parseTime(line.connect_time);
  const ended = parseTime(line.ssh_info?.disconnect_time);
  const word = began !== undefined && ended !== undefined ? words.lasted(span(ended - began)) : words.ended;
  const code = line.ssh_info?.exit_code ?? 0;
  return { tone: code === 0 ? "off" : "bad", word, why: [line.ssh_info?.disconnect_reason, code === 0 ? "" : words.exit(code)].filter(Boolean).join(", ") };
}

// A cell that begins as a formula is not one: what people call things is in it.
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function asFile(lines: ConnectionLog[]): string {
  const rows = lines.map((line) => [
    line.connect_time,
    (line.web_info?.user ?? line.ssh_info?.user)?.username ?? who(line).name,
    what(line),
    outcome(line).word,
    `${line.workspace_owner_username}/${line.workspace_name}`,
    line.agent_name,
    line.ip ?? "",
    line.ssh_info?.disconnect_time ?? "",
    outcome(line).why,
  ]);
  return [words.columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
