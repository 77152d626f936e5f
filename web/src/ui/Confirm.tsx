// A question to say yes to. What draws it comes after the page that may ask it, once somebody is there, and stays for the next one.
import { lazy, Suspense, useEffect, useState } from "react";
import { chunk } from "@/lib/chunk";
import type { ConfirmProps } from "./ConfirmDialog";

const load = chunk(async () => ({ default: (await import("./ConfirmDialog")).ConfirmDialog }));
const Dialog = lazy(load);

// The first sign of a hand: from there to a question are two steps at least.
const kSigns = ["pointermove", "pointerdown", "keydown"] as const;

let warmed = false;
function warm(): void {
  if (warmed) return;
  warmed = true;
  const fetch = () => {
    for (const sign of kSigns) window.removeEventListener(sign, fetch);
    void load().catch(() => undefined); // whoever opens it asks again, and is told
  };
  for (const sign of kSigns) window.addEventListener(sign, fetch, { passive: true });
}

export function Confirm(props: ConfirmProps) {
  const [asked, setAsked] = useState(props.open);
  useEffect(warm, []);
  if (props.open && !asked) setAsked(true);
  return asked ? (
    <Suspense>
      <Dialog {...props} />
    </Suspense>
  ) : null;
}
