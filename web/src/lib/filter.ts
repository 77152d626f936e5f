// The filter syntax of lists: blank-separated key:value, quotes keep blanks and colons, a bare word uses the default key.
export type Term = { key: string; value: string };

const kTerm = /(?:([A-Za-z_-]+):)?(?:"([^"]*)"?|([^\s"]+))/g;

export function parseFilter(text: string): Term[] {
  const out: Term[] = [];
  for (const hit of text.matchAll(kTerm)) out.push({ key: (hit[1] ?? "").toLowerCase(), value: hit[2] ?? hit[3] ?? "" });
  return out.filter((term) => term.value !== "");
}

export function formatTerm({ key, value }: Term): string {
  const shown = /[\s:"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
  return key === "" ? shown : `${key}:${shown}`;
}

export function formatFilter(terms: Term[]): string {
  return terms.map(formatTerm).join(" ");
}

// Sets, replaces or (on the same value) takes away one key; other terms keep their place.
export function toggleTerm(text: string, key: string, value: string): string {
  const terms = parseFilter(text);
  const had = terms.some((term) => term.key === key && term.value === value);
  const rest = terms.filter((term) => term.key !== key);
  return formatFilter(had ? rest : [...rest, { key, value }]);
}

export function hasKey(text: string, key: string): boolean {
  return parseFilter(text).some((term) => term.key === key);
}

export function hasTerm(text: string, key: string, value: string): boolean {
  return parseFilter(text).some((term) => term.key === key && term.value === value);
}

// The words that a list knows, each with the values it takes; with none named it takes any.
export type Terms = Record<string, readonly string[]>;

export type Fault = { word: string } | { word: string; value: string; values: readonly string[] };

// The first word that the list does not know, or the first value that a word does not take.
export function faultOf(text: string, terms: Terms): Fault | undefined {
  for (const { key, value } of parseFilter(text)) {
    if (key === "") continue;
    const values = terms[key];
    if (values === undefined) return { word: key };
    if (values.length > 0 && value.split(",").some((one) => !values.includes(one.toLowerCase()))) return { word: key, value, values };
  }
  return undefined;
}
