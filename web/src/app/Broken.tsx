// What stands in place of a page that did not come, or that broke while it was drawn.
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useAsking } from "@/lib/asking";
import { mayReload, NotLoaded } from "@/lib/chunk";
import { words } from "@/strings/common";
import { Button } from "@/ui/Button";
import { Blank } from "@/ui/Load";
import { Solo } from "@/ui/Solo";

const reload = () => window.location.reload();

export function Broken({ error }: Pick<ErrorComponentProps, "error">) {
  if (error instanceof NotLoaded) return <DidNotCome error={error} />;
  return <Blank main title={words.crashedTitle} text={words.crashed} act={<Button onClick={reload}>{words.reload}</Button>} />;
}

export function BrokenAlone({ error }: ErrorComponentProps) {
  return (
    <Solo title={error instanceof NotLoaded ? words.notLoadedTitle : words.crashedTitle}>
      <Broken error={error} />
    </Solo>
  );
}

// The server is away: the page comes by itself when it is back. It is there, but not the part: most likely it was upgraded.
function DidNotCome({ error }: { error: NotLoaded }) {
  const [there, setThere] = useState<boolean>();
  const missed = useRef(false);
  useAsking(true, (answers) => {
    missed.current ||= !answers;
    if (answers && (missed.current || mayReload(error, window.sessionStorage))) return reload();
    setThere(answers);
  });
  if (there === undefined) return null;
  if (!there) return <Blank main title={words.unreachable} text={words.unreachableDetail} act={<Button onClick={reload}>{words.tryAgain}</Button>} />;
  return <Blank main title={words.notLoadedTitle} text={words.notLoaded} act={<Button onClick={reload}>{words.reload}</Button>} />;
}
