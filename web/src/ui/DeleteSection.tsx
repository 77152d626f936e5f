// The last section of a thing's settings: it goes for good, once its name has been typed.
import type { UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { Section } from "./Page";
import { toastError } from "./toast";

type DeleteSectionProps = {
  words: { danger: string; dangerHint: string; deleteDo: string; deleteTitle: (title: string) => string; typeName: (name: string) => string };
  id: string;
  name: string; // what must be typed
  title: string;
  remove: Pick<UseMutationResult<unknown, Error, string>, "mutate" | "isPending">;
  onGone: () => void;
};

export function DeleteSection({ words, id, name, title, remove, onGone }: DeleteSectionProps) {
  const [open, setOpen] = useState(false);
  return (
    <Section title={words.danger}>
      <p className="muted">{words.dangerHint}</p>
      <div>
        <Button kind="danger" icon="trash" onClick={() => setOpen(true)}>
          {words.deleteDo}
        </Button>
      </div>
      <Confirm
        open={open}
        danger
        busy={remove.isPending}
        title={words.deleteTitle(title)}
        act={words.danger}
        type={{ label: words.typeName(name), value: name }}
        onClose={() => setOpen(false)}
        onYes={() => remove.mutate(id, { onSuccess: onGone, onError: (error) => (setOpen(false), toastError(error)) })}
      />
    </Section>
  );
}
