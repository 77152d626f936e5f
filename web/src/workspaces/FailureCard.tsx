// A failure above all else: first cause, the line it came from, what to try.
import type { Workspace, WorkspaceBuild } from "@gen";
import { useState } from "react";
import { advice, adviceKind } from "@/builds/advice";
import { causeLines, type Line } from "@/builds/fold";
import { stripAnsi } from "@/lib/ansi";
import { words } from "@/strings/builds";
import { Button, LinkButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { toastError } from "@/ui/toast";
import { DeleteDialog } from "./DeleteDialog";
import { useBuild } from "./queries";
import { shortCause } from "./state";

type CardProps = { workspace: Workspace; build: WorkspaceBuild; lines: Line[]; latest: boolean; onShow: (id: number) => void };

export function FailureCard({ workspace: w, build, lines, latest, onShow }: CardProps) {
  const again = useBuild();
  const [orphaning, setOrphaning] = useState(false);
  const breath = causeLines(lines);
  const line = breath[0];
  const said = breath.map((l) => stripAnsi(l.text).trimEnd()).join("\n").trim();
  const cause = `${build.job.error ?? ""}\n${said}`;
  return (
    <section className="fail" aria-labelledby="fail-title">
      <h2 id="fail-title">
        <Icon name="warning" size={18} />
        {words.failTitle[build.transition] ?? words.failTitle.start}
      </h2>
      {said === "" && <p>{shortCause(build.job.error)}</p>}
      {line && said !== "" && (
        <>
          <pre tabIndex={0} aria-label={words.from}>
            {said}
          </pre>
          <div>
            <Button size="small" kind="quiet" icon="search" onClick={() => onShow(line.id)}>
              {words.showLine}
            </Button>
          </div>
        </>
      )}
      <h3>{words.tryTitle}</h3>
      <p className="muted">{advice(cause)}</p>
      {latest && (
        <div className="form-acts">
          <Button icon="restart" kind={adviceKind(cause) === "parameter" && build.transition === "start" ? "plain" : "main"} busy={again.isPending} onClick={() => again.mutate({ id: w.id, ask: { transition: build.transition } }, { onError: toastError })}>
            {words.again}
          </Button>
          {build.transition === "start" && (
            <LinkButton icon="pencil" kind={adviceKind(cause) === "parameter" ? "main" : "plain"} to="/@{$user}/$workspace/settings" params={{ user: w.owner_name, workspace: w.name }}>
              {words.changeValues}
            </LinkButton>
          )}
          {build.transition === "delete" && (
            <Button icon="trash" title={words.forceHint} onClick={() => setOrphaning(true)}>
              {words.forceDelete}
            </Button>
          )}
        </div>
      )}
      <DeleteDialog workspaces={[w]} orphan open={orphaning} onClose={() => setOrphaning(false)} />
    </section>
  );
}
