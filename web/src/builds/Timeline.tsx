// Where the time of a build went: one bar a stage, its resources folded inside.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { span } from "@/lib/time";
import { words } from "@/strings/builds";
import { useNow } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { timingsOf } from "./queries";
import { type Bar, extent, type Stage, stages } from "./stages";

export function Timeline({ buildId, live, startedAt }: { buildId: string; live: boolean; startedAt: string | undefined }) {
  const timings = useQuery({ ...timingsOf(buildId, live), retry: false });
  const { refetch } = timings;
  // Scripts tell their times just after the agent has said that it is ready.
  useEffect(() => {
    if (live) return;
    const timer = window.setTimeout(() => void refetch(), 2_500);
    return () => window.clearTimeout(timer);
  }, [live, refetch]);
  const now = useNow(live ? 500 : 60_000);
  const list = timings.data ? stages(timings.data) : [];
  const [from, to] = extent(list, live || list.length === 0 ? startedAt : undefined, live ? now : undefined);
  return (
    <div className="timeline" style={{ minHeight: 110 }}>
      {list.length === 0 ? (
        <p className="muted small">{words.timelineNone}</p>
      ) : (
        <div role="list" aria-label={words.timeline}>
          {list.map((stage) => (
            <StageRow key={stage.stage} stage={stage} from={from} to={to} />
          ))}
        </div>
      )}
    </div>
  );
}

function StageRow({ stage, from, to }: { stage: Stage; from: number; to: number }) {
  const [open, setOpen] = useState(false);
  const name = words.stages[stage.stage] ?? stage.stage;
  return (
    <div role="listitem">
      <button type="button" className="timeline-row" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="timeline-name">
          <Icon name={open ? "down" : "right"} size={12} />
          <span className="clip">{name}</span>
        </span>
        <Track bar={stage} from={from} to={to} />
        <span className="timeline-took">{span(stage.to - stage.from)}</span>
      </button>
      {open &&
        stage.parts.map((part, i) => (
          <div key={i} className="timeline-row" data-part>
            <span className="timeline-name">
              <span className="clip" title={part.name}>
                {part.name}
              </span>
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
  const left = ((bar.from - from) / whole) * 100;
  return (
    <span className="timeline-track" aria-hidden="true">
      <span className="timeline-bar" data-tone={bar.bad ? "bad" : undefined} style={{ insetInlineStart: `${Math.min(99, left)}%`, width: `${Math.min(100 - left, ((bar.to - bar.from) / whole) * 100)}%` }} />
    </span>
  );
}
