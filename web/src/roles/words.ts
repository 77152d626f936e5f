// A role in sentences: what it lets somebody see, what they can do with everything and with their own, and what they cannot.
import { roles as words } from "@/strings/roles";
import { changesBetween, type Grants, kParts, kRare, kThings, kVerbs, levelOf, type Thing, type Verb } from "./matrix";

export type Line = { key: string; can: boolean; text: string; changed: boolean };

export const nameOf = (thing: Thing): string => words.things[thing.key]?.name ?? words.plain(thing.type);
const many = (thing: Thing): string => words.things[thing.key]?.many ?? words.plain(thing.type).toLowerCase();
const ones = (thing: Thing): string => words.things[thing.key]?.own ?? many(thing);
const one = (thing: Thing): string => words.things[thing.key]?.one ?? words.plain(thing.type).toLowerCase();
const says = (thing: Thing, verb: Verb): string => words.things[thing.key]?.says?.[verb] ?? words.says[verb];

// "Some" is said as the least that it is: only what holds for the whole cell is promised.
const at = (grants: Grants, level: "all" | "own", verb: Verb) => kThings.filter((thing) => thing.cells[verb] && levelOf(grants, thing.cells[verb]) === level);

const kRefused: { key: string; verb: Verb }[] = [
  { key: "workspaces", verb: "enter" },
  { key: "templates", verb: "create" },
  { key: "roles", verb: "share" },
];

export function inWords(grants: Grants, org: string, before: Grants = grants): Line[] {
  const changed = new Set(changesBetween(before, grants).map((c) => `${c.thing.key}.${c.verb}`));
  const lines: Line[] = [];
  for (const level of ["all", "own"] as const) {
    const seen = at(grants, level, "see");
    const text = seen.length > 0 && (level === "all" ? words.seesAll(words.list(seen.map(one)), org) : words.seesOwn(words.list(seen.map(ones))));
    if (text) lines.push({ key: `see.${level}`, can: true, text, changed: seen.some((thing) => changed.has(`${thing.key}.see`)) });
  }
  for (const thing of [...kParts.flatMap((part) => part.things), ...kRare])
    for (const level of ["all", "own"] as const) {
      const verbs = kVerbs.filter((verb) => verb !== "see" && thing.cells[verb] && levelOf(grants, thing.cells[verb]) === level);
      if (verbs.length === 0) continue;
      const acts = words.list(verbs.map((verb) => says(thing, verb)));
      lines.push({ key: `${thing.key}.${level}`, can: true, text: level === "all" ? words.doesAll(acts, one(thing)) : words.doesOwn(acts, ones(thing)), changed: verbs.some((verb) => changed.has(`${thing.key}.${verb}`)) });
    }
  const gone = changesBetween(before, grants).filter(({ thing, verb }) => levelOf(grants, thing.cells[verb] ?? []) === "no");
  for (const { thing, verb } of gone) lines.push({ key: `${thing.key}.${verb}.no`, can: false, text: words.cannot(words.verbs[verb].toLowerCase(), many(thing)), changed: true });
  for (const { key, verb } of kRefused) {
    const thing = kThings.find((each) => each.key === key);
    if (!thing?.cells[verb] || levelOf(grants, thing.cells[verb]) === "all" || gone.some((each) => each.thing === thing && each.verb === verb)) continue;
    lines.push({ key: `${key}.${verb}.refused`, can: false, text: words.refused[`${key}.${verb}`] ?? "", changed: false });
  }
  return lines;
}

// "Workspaces: change, start and stop; Members: see"
export function changesInWords(before: Grants, after: Grants): string {
  const by = new Map<Thing, Verb[]>();
  for (const { thing, verb } of changesBetween(before, after)) by.set(thing, [...(by.get(thing) ?? []), verb]);
  return [...by].map(([thing, verbs]) => `${nameOf(thing)}: ${verbs.map((verb) => verbOf(thing, verb).toLowerCase()).join(", ")}`).join("; ");
}

// What a column is called for one thing: templates are used where workspaces are entered.
export const verbOf = (thing: Thing, verb: Verb): string => words.things[thing.key]?.verbs?.[verb] ?? words.verbs[verb];
export const headOf = (verb: Verb): string => words.heads[verb];
