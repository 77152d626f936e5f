import { useEffect, type ReactNode } from "react";
import { words } from "@/strings/common";
import { InPart } from "./Load";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · ${words.product}` : words.product;
  }, [title]);
}

type PageProps = { title: string; heading?: ReactNode; state?: ReactNode; acts?: ReactNode; above?: ReactNode; wide?: boolean; children: ReactNode };

export function Page({ title, heading, state, acts, above, wide, children }: PageProps) {
  useTitle(title);
  return (
    <div className="page" data-wide={wide || undefined}>
      {above}
      <header className="page-head">
        <div className="page-head-words">
          <h1>{heading ?? title}</h1>
          {state !== undefined && (
            <div className="muted" style={{ minHeight: 20 }}>
              {state}
            </div>
          )}
        </div>
        {acts && <div className="page-head-acts">{acts}</div>}
      </header>
      {children}
    </div>
  );
}

export function Section({ title, acts, children, id }: { title: string; acts?: ReactNode; children: ReactNode; id?: string }) {
  const head = id ?? title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  return (
    <section className="section" aria-labelledby={head}>
      <div className="section-head">
        <h2 id={head}>{title}</h2>
        {acts}
      </div>
      <InPart value={true}>{children}</InPart>
    </section>
  );
}
