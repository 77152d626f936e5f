import { defaultHighlightStyle, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { hcl } from "./hcl";

const kStyle = HighlightStyle.define([
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.keyword, tags.typeName], color: "var(--launch)", fontWeight: "600" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--wait-deep)" },
  { tag: [tags.propertyName, tags.attributeName], color: "var(--ink)" },
  { tag: [tags.variableName, tags.definition(tags.variableName)], color: "var(--ink)" },
]);

const kLook = EditorView.theme({
  "&": { backgroundColor: "var(--sunken)", color: "var(--ink)", fontSize: "12.5px", height: "100%" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", fontVariantLigatures: "none" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", border: "0" },
  ".cm-content": { padding: "8px 0" },
  "&.cm-focused": { outline: "2px solid var(--launch)", outlineOffset: "-2px" },
});

function languageOf(path: string): Extension {
  if (/\.(tf|tfvars|hcl)$/.test(path)) return StreamLanguage.define(hcl);
  if (/\.(sh|bash)$/.test(path)) return StreamLanguage.define(shell);
  if (/\.ya?ml$/.test(path)) return StreamLanguage.define(yaml);
  return /(^|\/)(Dockerfile|Containerfile)/.test(path) ? StreamLanguage.define(dockerFile) : [];
}

export function Code({ path, text }: { path: string; text: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const view = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": path, "aria-readonly": "true", tabindex: "0" }),
          search({ top: true }),
          keymap.of(searchKeymap),
          languageOf(path),
          syntaxHighlighting(kStyle),
          syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
          kLook,
        ],
      }),
    });
    return () => view.destroy();
  }, [path, text]);
  return <div ref={box} className="files-code" />;
}
