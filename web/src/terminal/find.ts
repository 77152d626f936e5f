// Where a text stands among lines, and the next of those places.
export type Place = { row: number; column: number };

// From the last row up, as one looks for what came last. Case counts only where the sought text has capitals.
export function places(lines: string[], sought: string): Place[] {
  if (sought === "") return [];
  const same = sought !== sought.toLowerCase();
  const found: Place[] = [];
  for (let row = lines.length - 1; row >= 0; row--) {
    const line = same ? (lines[row] ?? "") : (lines[row] ?? "").toLowerCase();
    for (let column = line.lastIndexOf(sought); column >= 0; column = column === 0 ? -1 : line.lastIndexOf(sought, column - 1)) found.push({ row, column });
  }
  return found;
}

export const step = (at: number, by: 1 | -1, count: number): number => (count === 0 ? 0 : (at + by + count) % count);
