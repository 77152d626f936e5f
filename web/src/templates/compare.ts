// Which version another one is set against, and how names of new things keep clear of those that are there.
import type { TemplateVersion } from "@gen";

// The one that was asked for; else the active one; and the active one itself against the last good one before it. `newestFirst` has all
// versions of the template.
export function comparedWith(version: TemplateVersion, newestFirst: TemplateVersion[], activeId: string, asked: string | undefined): TemplateVersion | undefined {
  const others = newestFirst.filter((one) => one.id !== version.id);
  const wanted = others.find((one) => one.name === asked);
  if (wanted) return wanted;
  if (version.id !== activeId) return others.find((one) => one.id === activeId);
  const at = newestFirst.findIndex((one) => one.id === version.id);
  return newestFirst.slice(at + 1).find((one) => one.job.status === "succeeded");
}

// A name that nothing has yet: the one that was wanted, or with the first number that is free.
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let n = 2; ; n++) {
    const name = `${wanted.slice(0, 31 - String(n).length).replace(/-+$/, "")}-${n}`;
    if (!taken.has(name)) return name;
  }
}
