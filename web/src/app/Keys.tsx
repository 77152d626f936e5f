// The keys of the dashboard, by the key that asks for them.
import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import { isTyping } from "@/lib/keys";
import { keys as words } from "@/strings/app";
import { words as common } from "@/strings/common";

export function Keys() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.repeat || isTyping(event)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title={words.title} size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 0 }}>
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
    </Modal>
  );
}
