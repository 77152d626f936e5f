// Times in words. The zero time of the wire (year 1) counts as "never".
const kUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export function parseTime(text: string | null | undefined): number | undefined {
  if (!text || text.startsWith("0001-")) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

export function ago(at: number, now = Date.now()): string {
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 45) return "just now";
  for (const [unit, size] of kUnits) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(Math.round(seconds / 60), "minute");
}

export function exactTime(at: number): string {
  return exact.format(at);
}

const hourMinute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
export const clock = (at: number): string => hourMinute.format(at);
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dateOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayOf = (at: number): number => Math.floor(new Date(at).setHours(12, 0, 0, 0) / 86_400_000);

// A day and the time on it: today 08:12, Friday 22:00 (of the next days), 4 Jan 10:00, 4 Jan 2027 10:00.
export function dayTime(at: number, now = Date.now()): string {
  const days = dayOf(at) - dayOf(now);
  const named = days === 0 ? "today" : days === 1 ? "tomorrow" : days === -1 ? "yesterday" : days > 1 && days < 7 ? weekday.format(at) : (new Date(at).getFullYear() === new Date(now).getFullYear() ? date : dateOfYear).format(at);
  return `${named} ${clock(at)}`;
}

// A length of time as a person says it: under a second, 4.2 s, 3 min 12 s, 2 h 5 min.
export function span(ms: number): string {
  if (ms < 1000) return "under a second";
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", Math.round(seconds % 60), "s");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? joined(hours, "h", minutes % 60, "min") : joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}

export function clockTime(text: string): string {
  const at = parseTime(text);
  return at === undefined ? "" : new Date(at).toTimeString().slice(0, 8);
}
