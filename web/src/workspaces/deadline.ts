// When a workspace stops, moved by hours within what the server takes.
import { parseTime } from "@/lib/time";

const kHourMs = 3_600_000;
const kSoonestMs = 120_000; // the server wants a minute; the other is for the way there

type Running = { deadline?: string; max_deadline?: string };

// The stop time moved by so many hours, cut at its limits; undefined where it cannot move that way.
export function moved(build: Running, hours: number, now: number): number | undefined {
  const from = parseTime(build.deadline);
  if (from === undefined) return undefined;
  const last = parseTime(build.max_deadline) ?? Number.POSITIVE_INFINITY;
  const to = Math.min(from + hours * kHourMs, last);
  if (to < now + kSoonestMs) return undefined;
  return (hours > 0 ? to > from : to < from) ? to : undefined;
}
