// Where the time of a build goes: a row for each stage from the moment it is known, what it does inside, against a scale.
import type { WorkspaceAgent, WorkspaceBuild } from "@gen";
import { useState } from "react";
import { span } from "@/lib/time";
import { words } from "@/strings/builds";
import { useNow } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import type { LogStage } from "./logstages";
import { type Bar, extent, marks, type Phase, scaleWord, type Stage } from "./stages";
import { useTimeline } from "./useTimeline";

type TimelineProps = { build: WorkspaceBuild; log: readonly LogStage[]; agents: readonly WorkspaceAgent[]; live: boolean };

export function Timeline({ build, log, agents, live }: TimelineProps) {
  const now = useNow(live ? 250 : 60_000);
  const rows = useTimeline(build, log, agents, now);
  const [from, to] = extent(rows, build.job.started_at);
  if (rows.length === 0) return null;
  return (
    <div className="timeline">
      <div className="timeline-row timeline-scale" aria-hidden="true">
        <span />
        <span className="timeline-marks">
          {marks(to - from).map((mark) => (
            <span key={mark} style={{ insetInlineStart: `${(mark / (to - from)) * 100}%` }}>
              {scaleWord(mark)}
            </span>
          ))}
        </span>
        <span />
      </div>
      <div role="list" aria-label={words.timeline} data-live={live || undefined}>
        {rows.map((stage) => (
          <StageRow key={stage.stage} stage={stage} from={from} to={to} />
        ))}
      </div>
    </div>
  );
}

const kMarks = { waits: "M8 12.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9z", done: "M3.500 8.500 6.500 11.500 12.500 5", bad: "M4.500 4.500l7 7M11.500 4.500l-7 7" };

function PhaseMark({ phase }: { phase: Phase }) {
  return (
    <svg className="timeline-mark" data-phase={phase} width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.800" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {phase === "live" ? (
        <g className="state-turn">
          <circle cx="8" cy="8" r="5" strokeOpacity=".3" />
          <path d="M8 3a5 5 0 0 1 5 5" />
        </g>
      ) : (
        <path d={kMarks[phase]} />
      )}
    </svg>
  );
}

function StageRow({ stage, from, to }: { stage: Stage; from: number; to: number }) {
  const [chosen, setChosen] = useState<boolean>();
  const open = stage.parts.length > 0 && (chosen ?? (stage.phase === "live" || stage.phase === "bad"));
  const shown = (
    <>
      <span className="timeline-name">
        <span className="timeline-fold">{stage.parts.length > 0 && <Icon name={open ? "down" : "right"} size={14} />}</span>
        <PhaseMark phase={stage.phase} />
        <span>{stage.name}</span>
        <span className="hidden-visually">, {words.phases[stage.phase]}</span>
      </span>
      <Track bar={stage} from={from} to={to} />
      <span className="timeline-took">{stage.phase === "waits" ? "" : span(stage.to - stage.from)}</span>
    </>
  );
  return (
    <div role="listitem">
      {stage.parts.length > 0 ? (
        <button type="button" className="timeline-row timeline-stage" aria-expanded={open} onClick={() => setChosen(!open)}>
          {shown}
        </button>
      ) : (
        <div className="timeline-row timeline-stage">{shown}</div>
      )}
      {open &&
        stage.parts.map((part, i) => (
          <div key={i} className="timeline-row" data-part>
            <span className="timeline-name" title={part.name}>
              {part.name}
            </span>
            <Track bar={part} from={from} to={to} />
            <span className="timeline-took">{span(part.to - part.from)}</span>
          </div>
        ))}
    </div>
  );
}

function Track({ bar, from, to }: { bar: Bar; from: number; to: number }) {
  const whole = Math.max(1, to - from);
  const left = Math.min(99.5, ((bar.from - from) / whole) * 100);
  return (
    <span className="timeline-track" aria-hidden="true">
      {bar.phase !== "waits" && <span className="timeline-bar" data-phase={bar.phase} style={{ insetInlineStart: `${left}%`, width: `${Math.min(100 - left, ((bar.to - bar.from) / whole) * 100)}%` }} />}
    </span>
  );
}

// A build in one strip: its stages side by side.
export function Strip({ rows }: { rows: readonly Stage[] }) {
  return (
    <span className="strip" aria-hidden="true">
      {rows.map((row) => (
        <span key={row.stage} title={`${row.name} ${span(row.to - row.from)}`} data-phase={row.phase} style={{ flexGrow: Math.max(1, row.to - row.from) }} />
      ))}
    </span>
  );
}
