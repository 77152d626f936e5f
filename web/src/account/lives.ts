// How long a token may live: the usual lengths that are allowed, and the longest one where it is none of them.
import { words } from "@/strings/account";

const kDayNs = 86_400 * 1e9;
const kUsual = "30";
const kLongest = "longest";
const kNoLimitDays = 10 * 365; // a limit of more years than anybody means is none

export function lives(most: number | undefined): { choices: { value: string; label: string }[]; usual: string } {
  const limit = most ?? Number.POSITIVE_INFINITY;
  const choices = Object.entries(words.lives)
    .filter(([days]) => Number(days) * kDayNs <= limit)
    .map(([value, label]) => ({ value, label }));
  const days = limit / kDayNs;
  const named = choices.some(({ value }) => Number(value) === days);
  const dayLimit = Math.floor(days);
  if (!named && Number.isFinite(days) && days < kNoLimitDays) choices.push({ value: kLongest, label: dayLimit >= 1 ? words.tokenLongest(dayLimit) : words.tokenLongestHours(Math.max(1, Math.floor(days * 24))) });
  const usual = choices.some(({ value }) => value === kUsual) ? kUsual : (choices.at(-1)?.value ?? kLongest);
  return { choices, usual };
}

export const nanoseconds = (life: string, most: number | undefined): number => (life === kLongest ? (most ?? 0) : Number(life) * kDayNs);
