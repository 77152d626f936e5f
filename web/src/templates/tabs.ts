// The tabs of a template, and what the address of one answers to somebody who may change the template, or may not.
const kTabs = ["about", "versions", "files", "prebuilds", "access", "settings"] as const;
export type Tab = (typeof kTabs)[number];

const kAuthors: ReadonlySet<Tab> = new Set(["files", "access", "settings"]);

// `may` is undefined until the server has said so; until then no tab is offered that may have to go again.
export function tabsFor(asked: string, may: boolean | undefined): { tabs: Tab[]; answer: "show" | "wait" | "denied" | "missing" } {
  const tabs = kTabs.filter((tab) => may === true || !kAuthors.has(tab));
  if (tabs.some((tab) => tab === asked)) return { tabs, answer: "show" };
  if (!kTabs.some((tab) => tab === asked)) return { tabs, answer: "missing" };
  return { tabs, answer: may === undefined ? "wait" : "denied" };
}
