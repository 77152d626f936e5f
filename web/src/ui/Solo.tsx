// A page without the frame: one column, one thing to do.
import type { ReactNode } from "react";
import { words } from "@/strings/common";
import { Mark } from "./Icon";
import { useTitle } from "./Page";
import "./solo.css";

export function Solo({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  useTitle(title);
  return (
    <div className="solo">
      <header className="solo-top">
        <Mark /> {words.product}
      </header>
      <main className="solo-main" data-wide={wide || undefined}>
        {children}
      </main>
    </div>
  );
}
