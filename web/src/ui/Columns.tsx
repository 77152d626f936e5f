// A page in two columns; on narrow windows the aside follows.
import type { ReactNode } from "react";

export function Columns({ aside, children }: { aside: ReactNode; children: ReactNode }) {
  return (
    <div className="columns">
      <div>{children}</div>
      <aside className="columns-aside">{aside}</aside>
    </div>
  );
}
