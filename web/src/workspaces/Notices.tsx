// One notice above the page of a workspace, the worst: it sleeps, one looks at the past, its template has moved on.
import type { Workspace } from "@gen";
import { dayTime, parseTime } from "@/lib/time";
import { acts, page as words } from "@/strings/workspaces";
import { Button, LinkButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { useMay } from "./queries";
import { can } from "./state";
import { useActs } from "./useActs";
import type { End } from "./useEnding";

export function Notices({ workspace: w, old, onEnd }: { workspace: Workspace; old: number | undefined; onEnd: End }) {
  if (w.dormant_at) return <Dormant workspace={w} />;
  if (old !== undefined) return <Old workspace={w} build={old} />;
  return w.outdated ? <Outdated workspace={w} onEnd={onEnd} /> : null;
}

function Dormant({ workspace: w }: { workspace: Workspace }) {
  const { wake, busy } = useActs();
  const may = useMay(w).update;
  const since = parseTime(w.dormant_at);
  const gone = parseTime(w.deleting_at);
  return (
    <div className="notice" data-tone="wait">
      <Icon name="clock" />
      <div className="notice-line">
        <p>
          {words.dormant(since === undefined ? "" : dayTime(since))} {gone === undefined ? words.dormantKept : words.dormantGone(dayTime(gone))}
        </p>
        {may && (
          <Button kind="main" size="small" busy={busy} onClick={() => wake(w)}>
            {acts.wake}
          </Button>
        )}
      </div>
    </div>
  );
}

function Old({ workspace: w, build }: { workspace: Workspace; build: number }) {
  return (
    <div className="notice">
      <Icon name="clock" />
      <div className="notice-line">
        <p>{words.older(build)}</p>
        <LinkButton size="small" to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }}>
          {words.toLatest}
        </LinkButton>
      </div>
    </div>
  );
}

function Outdated({ workspace: w, onEnd }: { workspace: Workspace; onEnd: End }) {
  const { start, busy } = useActs();
  const may = can(w);
  const rights = useMay(w);
  return (
    <div className="notice">
      <Icon name="up" />
      <div className="notice-line">
        <div>
          <p>{words.outdated}</p>
          <p className="muted small">{words.outdatedHint(w.latest_build.template_version_name)}</p>
        </div>
        {may.restart && rights.update && (
          <Button size="small" onClick={() => onEnd(w, "update")}>
            {acts.update}
          </Button>
        )}
        {may.start && rights.start && (
          <Button size="small" busy={busy} onClick={() => start(w, true)}>
            {acts.updateAndStart}
          </Button>
        )}
      </div>
    </div>
  );
}
