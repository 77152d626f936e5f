// Everything drawn from one build: the failure first, then what the caller puts between, then its timeline, log and resources. What
// ended well is one line that opens.
import type { Workspace, WorkspaceBuild } from "@gen";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { LogStages } from "@/builds/logstages";
import { LogView } from "@/builds/LogView";
import { buildLogPath, useJobLog } from "@/builds/queries";
import { isOver } from "@/builds/stages";
import { Strip, Timeline } from "@/builds/Timeline";
import { useTimeline } from "@/builds/useTimeline";
import { dayTime, exactTime, parseTime, span } from "@/lib/time";
import { words as buildWords } from "@/strings/builds";
import { page as words } from "@/strings/workspaces";
import { useNow } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { Bones } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { BuildPicker } from "./BuildPicker";
import { FailureCard } from "./FailureCard";
import { Resources } from "./Resources";
import { agentsOf, isMoving } from "./state";

type PartsProps = { workspace: Workspace; build: WorkspaceBuild | undefined; old: boolean; children: ReactNode };

export function BuildParts({ workspace, build, old, children }: PartsProps) {
  const [focus, setFocus] = useState<number>();
  const over = build === undefined || isOver(build);
  const log = useJobLog(build ? buildLogPath(build.id) : "", !over);
  if (!build) return <Bones rows={5} />;
  return (
    <>
      {build.status === "failed" && <FailureCard workspace={workspace} build={build} lines={log.lines} latest={!old} onShow={setFocus} />}
      {children}
      <Build workspace={workspace} build={build} live={!over || (!old && isMoving(workspace))} log={log} focus={focus} />
      <Resources resources={build.resources} />
    </>
  );
}

type BuildProps = { workspace: Workspace; build: WorkspaceBuild; live: boolean; log: ReturnType<typeof useJobLog>; focus: number | undefined };

function Build({ workspace, build, live, log, focus }: BuildProps) {
  const well = build.job.status === "succeeded" && !live;
  const [chosen, setChosen] = useState<boolean>();
  const open = chosen ?? !well;
  useEffect(() => {
    if (focus !== undefined) setChosen(true);
  }, [focus]);
  const read = useMemo(() => new LogStages(log.lines), [log.lines]);
  const stages = read.grow().all;
  const agents = agentsOf(build);
  return (
    <Section title={words.buildOf(build.build_number, words.transitions[build.transition] ?? "")} acts={<BuildPicker workspace={workspace} shown={build.build_number} />}>
      {well && <BuildLine build={build} stages={stages} open={open} onToggle={() => setChosen(!open)} />}
      {open && (
        <>
          <Timeline build={build} log={stages} agents={agents} live={live} />
          {build.job.logs_overflowed && <p className="muted small">{buildWords.overflow}</p>}
          <LogView lines={log.lines} link={log.link} error={log.error} name={`${build.workspace_name}-${build.build_number}`} focus={focus} onHeld={() => setChosen(true)} />
        </>
      )}
    </Section>
  );
}

type LineProps = { build: WorkspaceBuild; stages: LogStages["all"]; open: boolean; onToggle: () => void };

function BuildLine({ build, stages, open, onToggle }: LineProps) {
  const now = useNow(60_000);
  const rows = useTimeline(build, stages, agentsOf(build), now);
  const from = parseTime(build.job.started_at);
  const to = parseTime(build.job.completed_at);
  const ms = from === undefined || to === undefined ? 0 : to - from;
  const took = ms < 1_000 ? words.underASecond : span(ms);
  return (
    <button type="button" className="build-line" aria-expanded={open} onClick={onToggle}>
      <Icon name={open ? "down" : "right"} />
      <span className="build-said">
        {words.endedWell[build.transition]?.(took)}, <time title={to === undefined ? "" : exactTime(to)}>{to === undefined ? "" : dayTime(to, now)}</time>, {words.reasons[build.reason] || words.by(build.initiator_name)}
      </span>
      <Strip rows={rows} />
    </button>
  );
}
