// One line that says what would end. It has the keyboard: Enter does it, Esc leaves it.
import { useId, useLayoutEffect, useRef, type KeyboardEvent } from "react";
import { useMe } from "@/me/queries";
import { acts, ending as words } from "@/strings/workspaces";
import { Button } from "@/ui/Button";
import { endsWhat } from "./ending";
import type { Ending } from "./useEnding";

type Answers = { onYes: () => void; onLeave: () => void };

export function EndingQuestion({ asked, ...answers }: { asked: Ending } & Answers) {
  const me = useMe();
  return <Question title={words[asked.verb](asked.workspace.name)} what={asked.looking ? words.looking : endsWhat(asked.open, me.username)} act={acts[asked.verb]} {...answers} />;
}

export function Question({ title: asked, what, act, onYes, onLeave }: { title: string; what: string; act: string } & Answers) {
  const title = useId();
  const yes = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    yes.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onLeave();
  };
  return (
    <div className="ending" role="alertdialog" aria-labelledby={title} aria-describedby={`${title}-what`} onKeyDown={onKeyDown}>
      <p>
        <strong id={title}>{asked}</strong> <span id={`${title}-what`}>{what}</span>
      </p>
      <div className="row">
        <Button ref={yes} kind="main" size="small" onClick={onYes}>
          {act}
        </Button>
        <Button kind="plain" size="small" onClick={onLeave}>
          {words.leave}
        </Button>
        <span className="tiny muted wide-only">{words.keys}</span>
      </div>
    </div>
  );
}
