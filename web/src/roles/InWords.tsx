import { useState } from "react";
import { roles as words } from "@/strings/roles";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Section } from "@/ui/Page";
import type { Grants } from "./matrix";
import { inWords } from "./words";

// More sentences than one reads are folded, never those that just changed.
const kShown = 10;

export function InWords({ grants, before, organization }: { grants: Grants; before: Grants; organization: string }) {
  const [open, setOpen] = useState(false);
  const lines = inWords(grants, organization, before);
  const shown = open || lines.length <= kShown + 2 ? lines : lines.filter((line, at) => at < kShown || line.changed || !line.can);
  return (
    <Section title={words.words}>
      {!lines.some((line) => line.can) && <p className="muted">{words.empty}</p>}
      <ul className="said" aria-live="polite">
        {shown.map((line) => (
          <li key={line.key} data-changed={line.changed || undefined} data-can={line.can}>
            <Icon name={line.can ? "check" : "cross"} size={14} />
            <span>
              <span className="hidden-visually">{line.can ? words.can : words.cannotMark}: </span>
              {line.text}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < lines.length && (
        <div>
          <Button size="small" kind="quiet" onClick={() => setOpen(true)}>
            {words.wordsMore(lines.length - shown.length)}
          </Button>
        </div>
      )}
    </Section>
  );
}
