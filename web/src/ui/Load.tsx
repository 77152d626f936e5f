// The five states of anything fetched: loading (a skeleton of the same shape, after 150 ms), error, denied, and what the page draws for empty and full.
import { createContext, type ReactNode, useContext } from "react";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/common";
import { Button, LinkButton } from "./Button";
import { Harbour, Icon } from "./Icon";

type Fetched<T> = { data: T | undefined; error: unknown; refetch: () => unknown };
type LoadProps<T> = { query: Fetched<T>; skeleton: ReactNode; children: (data: T) => ReactNode };

export function Load<T>({ query, skeleton, children }: LoadProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className="late" role="status" aria-label={words.loading}>
      {skeleton}
    </div>
  );
}

// Whether one is inside a part of a page: there a failure is a line, not a page.
export const InPart = createContext(false);

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const part = useContext(InPart);
  const refused = error instanceof ApiError && (error.denied || error.missing);
  if (refused && part) return <p className="muted">{error.denied ? words.deniedPart(words.deniedWho) : words.missingPart}</p>;
  if (refused) return error.denied ? <Denied /> : <Missing />;
  const detail = error instanceof ApiError ? error.detail : "";
  return (
    <div className="notice" data-tone="bad" role="alert">
      <Icon name="warning" />
      <div>
        <h2 style={{ fontSize: "inherit" }}>{retry ? words.errorTitle : words.notDone}</h2>
        <p>{error instanceof Error ? error.message : words.unknownError}</p>
        {detail && <p className="muted small">{detail}</p>}
        {retry && (
          <div className="notice-acts">
            <Button size="small" icon="restart" onClick={retry}>
              {words.tryAgain}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

export function Denied({ text = words.denied(words.deniedWho) }: { text?: string }) {
  return <Blank main title={words.deniedTitle} text={text} act={<LinkButton to="/workspaces">{words.toWorkspaces}</LinkButton>} />;
}

export function Missing() {
  return <Blank main title={words.notFoundTitle} text={words.notFound} act={<LinkButton to="/workspaces">{words.toWorkspaces}</LinkButton>} />;
}

type BlankProps = { title: string; text?: string; act?: ReactNode; main?: boolean; children?: ReactNode };

// `main`: it stands for the whole page, so its title is the page's.
export function Blank({ title, text, act, main = false, children }: BlankProps) {
  const Title = main ? "h1" : "h2";
  return (
    <div className="blank">
      <Harbour />
      <Title>{title}</Title>
      {text && <p>{text}</p>}
      {act}
      {children}
    </div>
  );
}

export function Bones({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="row" style={{ height, borderBottom: "1px solid var(--line)", gap: 16 }}>
          <span className="bone" style={{ width: 22, height: 22 }} />
          <span className="bone" style={{ width: `${18 + ((i * 7) % 14)}%` }} />
          <span className="bone" style={{ width: "12%" }} />
          <span className="bone" style={{ width: "9%", marginInlineStart: "auto" }} />
        </div>
      ))}
    </div>
  );
}
