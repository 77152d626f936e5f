// Autostart schedules of the simple kind: CRON_TZ=Zone minute hour * * days. Anything else is kept as text.
export type Schedule = { time: string; days: number[]; zone: string };

export function parseSchedule(text: string | undefined): Schedule | undefined {
  const found = /^(?:CRON_TZ=(\S+)\s+)?(\d{1,2})\s+(\d{1,2})\s+\*\s+\*\s+(\S+)$/.exec((text ?? "").trim());
  if (!found) return undefined;
  const minute = Number(found[2]);
  const hour = Number(found[3]);
  const days = parseDays(found[4] ?? "");
  if (minute > 59 || hour > 23 || !days) return undefined;
  return { time: `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`, days, zone: found[1] ?? "UTC" };
}

const kNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function day(text: string): number {
  const named = kNames.indexOf(text.toLowerCase());
  return named >= 0 ? named : /^[0-7]$/.test(text) ? Number(text) : -1;
}

function parseDays(text: string): number[] | undefined {
  if (text === "*" || text === "?") return [0, 1, 2, 3, 4, 5, 6];
  const out = new Set<number>();
  for (const part of text.split(",")) {
    const [from, to] = part.split("-").map(day);
    if (from === undefined || from < 0 || (to !== undefined && to < from)) return undefined;
    for (let d = from; d <= (to ?? from); d++) out.add(d % 7);
  }
  return [...out].sort((a, b) => a - b);
}

export function formatSchedule({ time, days, zone }: Schedule): string {
  const [hour, minute] = time.split(":").map(Number);
  const list = days.length === 7 ? "*" : days.toSorted((a, b) => a - b).join(",");
  return `CRON_TZ=${zone} ${minute ?? 0} ${hour ?? 0} * * ${list}`;
}

// Weekdays from Monday, as this place says them.
export const kWeek = [1, 2, 3, 4, 5, 6, 0].map((n) => ({ day: n, name: new Intl.DateTimeFormat("en", { weekday: "short", timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 7 + n))) }));

export function zones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([own, "UTC", ...Intl.supportedValuesOf("timeZone")])];
}
