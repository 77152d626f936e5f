// Who gave each role that somebody holds, as far back as the audit log was read: the newest line whose change added it.
import type { AuditLog } from "@gen";

export type Giver = { who: string; at: string };

const names = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

export function giversOf(lines: Pick<AuditLog, "time" | "user" | "diff" | "status_code">[]): Record<string, Giver> {
  const out: Record<string, Giver> = {};
  for (const line of lines) {
    const roles = line.diff.roles;
    if (!roles || line.status_code >= 400 || !line.user) continue;
    const before = names(roles.old);
    for (const name of names(roles.new)) if (!before.includes(name)) out[name] ??= { who: line.user.name || line.user.username, at: line.time };
  }
  return out;
}
