// One line of Markdown: bold, italic, code and links to the web or to this dashboard. All else stays text.
export type Piece = { text: string; as?: "strong" | "em" | "code" } | { text: string; href: string };

const kMarks = /\*\*([^*]+)\*\*|(?<![\w*])[*_](?!\s)([^*_]*[^*_\s])[*_](?![\w*])|`([^`]+)`|\[([^\]]+)\]\(([^()\s]+)\)/g;

export function address(text: string): string | undefined {
  if (/^\/(?![/\\])/.test(text)) return text;
  return /^(https?:\/\/[^/]|mailto:[^/])/i.test(text) ? text : undefined;
}

function pieceOf([whole, strong, em, code, label, link]: RegExpMatchArray): Piece {
  if (strong !== undefined) return { text: strong, as: "strong" };
  if (em !== undefined) return { text: em, as: "em" };
  if (code !== undefined) return { text: code, as: "code" };
  const href = address(link ?? "");
  return href === undefined ? { text: whole } : { text: label ?? "", href };
}

export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let done = 0;
  for (const match of line.matchAll(kMarks)) {
    if (match.index > done) found.push({ text: line.slice(done, match.index) });
    found.push(pieceOf(match));
    done = match.index + match[0].length;
  }
  if (done < line.length) found.push({ text: line.slice(done) });
  return found;
}
