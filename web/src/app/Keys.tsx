// The keys of the dashboard, by the key that asks for them. Of the browser's own dialog, as the palette: it is in the first page, and has
// every key from the one that opens it.
import { useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";
import { keys as words } from "@/strings/app";
import { words as common } from "@/strings/common";
import { IconButton } from "@/ui/Button";

export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.repeat || isTyping(event)) return;
      event.preventDefault();
      dialog.current?.showModal();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} className="palette-dialog keys-dialog" aria-label={words.title} onClick={(event) => event.target === dialog.current && close()}>
      <header>
        <h2>{words.title}</h2>
        <IconButton icon="cross" label={common.close} onClick={close} />
      </header>
      <div className="keys">
        {words.groups.map(([where, rows]) => (
          <section key={where} aria-label={where}>
            <h3>{where}</h3>
            <dl>
              {rows.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
