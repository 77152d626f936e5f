// The last section of a thing's settings: it goes for good, once its name has been typed.
import type { UseMutationResult } from "@tanstack/react-query";
import { useId, useState, type ReactNode } from "react";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { Section } from "./Page";
import { toastError } from "./toast";

type DeleteSectionProps = {
  words: { danger: string; dangerHint: string; deleteDo: string; deleteTitle: (title: string) => string; typeName: (name: string) => string };
  id: string;
  title: string; // what the page calls it; that must be typed
  blocked?: ReactNode; // what must happen before it can go
  goes?: ReactNode; // what goes with it and what stays
  remove: Pick<UseMutationResult<unknown, Error, string>, "mutateAsync" | "isPending">;
  onGone: () => void;
};

export function DeleteSection({ words, id, title, blocked, goes, remove, onGone }: DeleteSectionProps) {
  const [open, setOpen] = useState(false);
  const why = useId();
  // By the promise: what is deleted takes this with it, and then nobody calls what mutate() was given.
  const failed = (error: unknown) => {
    setOpen(false);
    toastError(error);
  };
  return (
    <Section title={words.danger}>
      <p className="muted" id={why}>
        {blocked ?? words.dangerHint}
      </p>
      <div>
        <Button kind="danger" icon="trash" disabled={Boolean(blocked)} aria-describedby={blocked ? why : undefined} onClick={() => setOpen(true)}>
          {words.deleteDo}
        </Button>
      </div>
      <Confirm
        open={open}
        danger
        busy={remove.isPending}
        title={words.deleteTitle(title)}
        act={words.danger}
        type={{ label: words.typeName(title), value: title }}
        onClose={() => setOpen(false)}
        onYes={() => void remove.mutateAsync(id).then(onGone, failed)}
      >
        {goes}
      </Confirm>
    </Section>
  );
}
