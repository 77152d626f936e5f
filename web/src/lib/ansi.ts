// Terminal colours in log lines: SGR is turned into classes, every other control sequence is dropped. Never HTML.
export type Piece = { text: string; style: string };

const kNames = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// CSI, OSC (ended by BEL or ST), two-byte escapes, and bare control characters other than tab and escape.
const kControl = /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

type State = { colour: string; bold: boolean; dim: boolean; italic: boolean; underline: boolean };
const plain = (): State => ({ colour: "", bold: false, dim: false, italic: false, underline: false });

function styleOf(state: State): string {
  const out: string[] = [];
  if (state.colour) out.push(`ansi-${state.colour}`);
  for (const key of ["bold", "dim", "italic", "underline"] as const) if (state[key]) out.push(`ansi-${key}`);
  return out.join(" ");
}

function apply(state: State, codes: number[]): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 0) Object.assign(state, plain());
    else if (code === 1) state.bold = true;
    else if (code === 2) state.dim = true;
    else if (code === 3) state.italic = true;
    else if (code === 4) state.underline = true;
    else if (code === 22) state.bold = state.dim = false;
    else if (code === 23) state.italic = false;
    else if (code === 24) state.underline = false;
    else if (code === 39) state.colour = "";
    else if (code >= 30 && code <= 37) state.colour = kNames[code - 30] ?? "";
    else if (code >= 90 && code <= 97) state.colour = kNames[code - 90] ?? "";
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : codes[i + 1] === 2 ? 4 : 0;
  }
}

export function pieces(line: string): Piece[] {
  if (!/[\x00-\x1f\x7f]/.test(line)) return line === "" ? [] : [{ text: line, style: "" }];
  const out: Piece[] = [];
  const state = plain();
  let from = 0;
  const push = (text: string) => {
    if (text !== "") out.push({ text, style: styleOf(state) });
  };
  for (const hit of line.matchAll(kControl)) {
    push(line.slice(from, hit.index));
    from = hit.index + hit[0].length;
    if (hit[2] === "m") apply(state, (hit[1] ?? "").split(/[;:]/).map(Number));
  }
  push(line.slice(from));
  return out;
}

export function stripAnsi(line: string): string {
  return /[\x00-\x1f\x7f]/.test(line) ? line.replace(kControl, "") : line;
}
