// What a token may do and for which things, in words.
import type { APIAllowListTarget } from "@gen";
import { scopes as words } from "@/strings/account";

export const kEverything = "coder:all";

const kMostNamed = 2;

const isAll = (scopes: string[]) => scopes.includes(kEverything) || scopes.includes("all");

const partsOf = (scope: string): [thing: string, act: string] => {
  const at = scope.lastIndexOf(":");
  return [scope.slice(0, at), scope.slice(at + 1)];
};

export function rightWords(scope: string): string {
  const [thing, act] = partsOf(scope);
  return words.right(words.acts[act] ?? act.replaceAll("_", " "), (words.things[thing] ?? thing.replaceAll("_", " ")).toLowerCase());
}

// The same where the thing is named already.
export function actWords(scope: string): string {
  const [, act] = partsOf(scope);
  return words.alone[act] ?? words.acts[act] ?? act.replaceAll("_", " ");
}

// The template of a workspace stands in the list only beside it, so it is not counted there.
export function onlyWords(list: APIAllowListTarget[]): string {
  if (list.some((one) => one.type === "*" && one.id === "*")) return "";
  const count = (type: string) => list.filter((one) => one.type === type && one.id !== "*").length;
  const workspaces = count("workspace");
  return words.only(workspaces, workspaces > 0 ? 0 : count("template"));
}

export function scopeWords(scopes: string[], list: APIAllowListTarget[]): string {
  const named = isAll(scopes) ? [words.everything] : scopes.map((scope) => words.short[scope] ?? rightWords(scope));
  const more = named.length > kMostNamed + 1 ? named.length - kMostNamed : 0;
  const may = (more > 0 ? [...named.slice(0, kMostNamed), words.more(more)] : named).join(", ");
  const only = onlyWords(list);
  return only === "" ? may : words.onlyOf(may, only);
}

// What is served, sorted into purposes and single rights; the latter by thing, in the order of our words.
export function offered(served: string[]): { purposes: string[]; things: { thing: string; scopes: string[] }[] } {
  const purposes = Object.keys(words.purposes).filter((scope) => served.includes(scope));
  const things = new Map<string, string[]>(Object.keys(words.things).map((thing) => [thing, []]));
  for (const scope of served) {
    if (scope.startsWith("coder:") || scope === "all" || scope === "application_connect") continue;
    const [thing] = partsOf(scope);
    things.set(thing, [...(things.get(thing) ?? []), scope]);
  }
  return { purposes, things: [...things].filter(([, list]) => list.length > 0).map(([thing, list]) => ({ thing, scopes: list })) };
}
