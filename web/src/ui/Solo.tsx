// A page without the frame: one column, one thing to do.
import type { ReactNode } from "react";
import { useLogo, useProductName } from "@/me/appearance";
import { Logo } from "./Logo";
import { useTitle } from "./Page";
import "./solo.css";

export function Solo({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  useTitle(title);
  const product = useProductName();
  const logo = useLogo();
  return (
    <div className="solo">
      <header className="solo-top">
        <Logo url={logo} /> {product}
      </header>
      <main className="solo-main" data-wide={wide || undefined}>
        {children}
      </main>
    </div>
  );
}
