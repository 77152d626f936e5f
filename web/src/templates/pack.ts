// What of a chosen folder or archive becomes a template: which files go in, what stays out and why, and whether it can be one at all.
export type Source = { path: string; size: number; executable: boolean; read: () => Promise<Uint8Array> };
export type Why = "cache" | "git" | "state" | "system" | "link";
export type Left = { path: string; why: Why };
export type Problem = { kind: "empty" | "noTerraform" | "tooMany" } | { kind: "tooLarge"; size: number; biggest: Source };
export type Pack = { kept: Source[]; left: Left[]; size: number; problem: Problem | undefined };

export const kMostBytes = 10 * 1024 * 1024;
const kMostFiles = 10_000;
const kBlock = 512;

const kFolders: Record<string, Why> = { ".terraform": "cache", ".terragrunt-cache": "cache", ".git": "git", __MACOSX: "system" };
const kFiles: Record<string, Why> = { ".DS_Store": "system", "Thumbs.db": "system" };

// What no template needs, and what of it must not leave somebody's machine.
export function whyOut(path: string): Why | undefined {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  for (const part of parts) if (kFolders[part]) return kFolders[part];
  if (name.endsWith(".tfstate") || name.includes(".tfstate.")) return "state";
  return kFiles[name];
}

// A folder that holds everything is the container, not a part of the template.
function withoutOuter(list: Source[]): Source[] {
  const first = list[0]?.path.split("/", 1)[0];
  if (first === undefined || !list.every((one) => one.path.startsWith(`${first}/`))) return list;
  return withoutOuter(list.map((one) => ({ ...one, path: one.path.slice(first.length + 1) })));
}

const packedSize = (list: Source[]) => list.reduce((sum, one) => sum + kBlock + Math.ceil(one.size / kBlock) * kBlock, 2 * kBlock);

function problemOf(kept: Source[]): Problem | undefined {
  const size = packedSize(kept);
  const biggest = kept.toSorted((a, b) => b.size - a.size)[0];
  if (!biggest) return { kind: "empty" };
  if (!kept.some((one) => /^[^/]+\.tf(\.json)?$/.test(one.path))) return { kind: "noTerraform" };
  if (kept.length > kMostFiles) return { kind: "tooMany" };
  return size > kMostBytes ? { kind: "tooLarge", size, biggest } : undefined;
}

export function pack(sources: Source[], skipped: string[]): Pack {
  const left: Left[] = skipped.map((path) => ({ path, why: "link" }));
  const inside: Source[] = [];
  for (const one of sources) {
    const why = whyOut(one.path);
    if (why) left.push({ path: one.path, why });
    else inside.push(one);
  }
  const kept = withoutOuter(inside).toSorted((a, b) => a.path.localeCompare(b.path));
  return { kept, left, size: packedSize(kept), problem: problemOf(kept) };
}

export type Twig = { path: string; name: string; depth: number; size: number | undefined };

// Files under their folders, each folder once; folders have no size.
export function tree(list: Pick<Source, "path" | "size">[]): Twig[] {
  const out: Twig[] = [];
  const seen = new Set<string>();
  for (const { path, size } of list.toSorted((a, b) => a.path.localeCompare(b.path))) {
    const parts = path.split("/");
    parts.slice(0, -1).forEach((name, depth) => {
      const folder = parts.slice(0, depth + 1).join("/");
      if (seen.has(folder)) return;
      seen.add(folder);
      out.push({ path: `${folder}/`, name, depth, size: undefined });
    });
    out.push({ path, name: parts.at(-1) ?? path, depth: parts.length - 1, size });
  }
  return out;
}
