// Markdown from templates is hostile: no HTML passes, links are checked by the renderer and opened without a referrer, pictures become links.
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import "./markdown.css";

const kParts: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt || "picture"}
    </a>
  ),
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  input: ({ checked }) => <span aria-hidden="true">{checked ? "☑ " : "☐ "}</span>,
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
};

// Front matter of a template's README is for machines.
function body(text: string): string {
  return text.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, "");
}

// Not `extended`: what looks like an address stays text.
export default function Markdown({ text, small = false, extended = true }: { text: string; small?: boolean; extended?: boolean }) {
  return (
    <div className={small ? "prose prose-small" : "prose"}>
      <ReactMarkdown remarkPlugins={extended ? [remarkGfm] : []} components={kParts} skipHtml>
        {body(text)}
      </ReactMarkdown>
    </div>
  );
}
