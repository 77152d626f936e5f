// What stands in place of a page that did not come, or that broke while it was drawn.
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api } from "@/lib/api";
import { mayReload, NotLoaded } from "@/lib/chunk";
import { words } from "@/strings/common";
import { Button } from "@/ui/Button";
import { Blank } from "@/ui/Load";
import { Solo } from "./Solo";

const kAskAgainMs = 3_000;
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
  useEffect(() => {
    let stopped = false;
    let missed = false;
    const ask = async () => {
      const answers = await api.get("/buildinfo").then(
        () => true,
        () => false,
      );
      if (stopped) return;
      missed ||= !answers;
      if (answers && (missed || mayReload(error, window.sessionStorage))) return reload();
      setThere(answers);
    };
    void ask();
    const timer = window.setInterval(() => void ask(), kAskAgainMs);
    return () => {
      stopped = true;
      window.clearInterval(timer);
    };
  }, [error]);
  if (there === undefined) return null;
  if (!there) return <Blank main title={words.unreachable} text={words.unreachableDetail} act={<Button onClick={reload}>{words.tryAgain}</Button>} />;
  return <Blank main title={words.notLoadedTitle} text={words.notLoaded} act={<Button onClick={reload}>{words.reload}</Button>} />;
}
