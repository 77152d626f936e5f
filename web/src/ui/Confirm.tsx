// A question to say yes to. What draws it comes after the page that may ask it, in a quiet moment, and stays for the next one.
import { lazy, Suspense, useEffect, useState } from "react";
import { chunk } from "@/lib/chunk";
import type { ConfirmProps } from "./ConfirmDialog";

const load = chunk(async () => ({ default: (await import("./ConfirmDialog")).ConfirmDialog }));
const Dialog = lazy(load);

let warmed = false;
function warm(): void {
  if (warmed) return;
  warmed = true;
  const fetch = () => void load().catch(() => undefined); // whoever opens it asks again, and is told
  if ("requestIdleCallback" in window) window.requestIdleCallback(fetch, { timeout: 5_000 });
  else setTimeout(fetch, 1_000);
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
