// Enough of HCL to colour Terraform: blocks, attributes, strings, numbers, comments, heredocs.
import type { StreamParser } from "@codemirror/language";

type State = { comment: boolean; heredoc: string };

const kBlocks = /^(terraform|provider|resource|data|variable|output|locals|module|moved|import|check|dynamic|for_each|count|lifecycle|required_providers)\b/;

export const hcl: StreamParser<State> = {
  name: "hcl",
  startState: () => ({ comment: false, heredoc: "" }),
  languageData: { commentTokens: { line: "#", block: { open: "/*", close: "*/" } } },
  token(stream, state) {
    if (state.heredoc !== "") {
      const end = stream.string.trim() === state.heredoc;
      stream.skipToEnd();
      if (end) state.heredoc = "";
      return "string";
    }
    if (state.comment) {
      if (stream.skipTo("*/")) {
        stream.match("*/");
        state.comment = false;
      } else stream.skipToEnd();
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.match("#") || stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match("/*")) {
      state.comment = true;
      return "comment";
    }
    const heredoc = stream.match(/^<<[-~]?([A-Za-z_][\w-]*)/) as RegExpMatchArray | null;
    if (heredoc) {
      state.heredoc = heredoc[1] ?? "";
      stream.skipToEnd();
      return "string";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^-?\d+(\.\d+)?\b/)) return "number";
    if (stream.match(/^(true|false|null)\b/)) return "atom";
    if (stream.sol() || /^\s*$/.test(stream.string.slice(0, stream.pos))) {
      if (stream.match(kBlocks)) return "keyword";
      if (stream.match(/^[A-Za-z_][\w-]*(?=\s*=)/)) return "propertyName";
    }
    if (stream.match(/^[A-Za-z_][\w-]*/)) return "variableName";
    stream.next();
    return null;
  },
};
