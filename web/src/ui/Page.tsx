import { useEffect, type ReactNode } from "react";
import { useProductName } from "@/me/appearance";
import { InPart } from "./Load";

export function useTitle(title: string): void {
  const product = useProductName();
  useEffect(() => {
    document.title = title ? `${title} · ${product}` : product;
  }, [title, product]);
}

type PageProps = { title: string; heading?: ReactNode; state?: ReactNode; acts?: ReactNode; above?: ReactNode; wide?: boolean; children: ReactNode };

// `above`: the way back to what this belongs to. It stands in the line of the title, which so never moves from page to page.
export function Page({ title, heading, state, acts, above, wide, children }: PageProps) {
  useTitle(title);
  return (
    <div className="page" data-wide={wide || undefined}>
      <header className="page-head">
        <div className="page-head-words">
          <div className="page-head-line">
            {above && <div className="page-parents">{above}</div>}
            <h1>{heading ?? title}</h1>
          </div>
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

export function Section({ title, side, acts, children, id }: { title: string; side?: string; acts?: ReactNode; children: ReactNode; id?: string }) {
  const head = id ?? title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  return (
    <section className="section" aria-labelledby={head}>
      <div className="section-head">
        <h2 id={head}>{title}</h2>
        {side && <span className="section-side">{side}</span>}
        {acts}
      </div>
      <InPart value={true}>{children}</InPart>
    </section>
  );
}
