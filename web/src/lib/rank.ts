// Orders things by how well typed letters fit: a start of a word beats letters in order; what does not fit is left out.
export function score(text: string, typed: string): number {
  const hay = text.toLowerCase();
  const needle = typed.trim().toLowerCase();
  if (needle === "") return 1;
  const at = hay.indexOf(needle);
  if (at === 0) return 100;
  if (at > 0) return /[\s/_-]/.test(hay[at - 1] ?? "") ? 80 : 50;
  let from = 0;
  let gaps = 0;
  for (const letter of needle.replaceAll(" ", "")) {
    const found = hay.indexOf(letter, from);
    if (found < 0) return 0;
    gaps += found - from;
    from = found + 1;
  }
  return Math.max(1, 30 - gaps);
}

export function rank<T>(items: T[], typed: string, text: (item: T) => string): T[] {
  if (typed.trim() === "") return items;
  return items
    .map((item, i) => ({ item, i, points: score(text(item), typed) }))
    .filter((entry) => entry.points > 0)
    .sort((a, b) => b.points - a.points || a.i - b.i)
    .map((entry) => entry.item);
}
