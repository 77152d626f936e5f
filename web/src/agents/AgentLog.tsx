import type { WorkspaceAgent } from "@gen";
import { useMemo, useState } from "react";
import { LogView } from "@/builds/LogView";
import { words } from "@/strings/agents";
import { useAgentLog } from "./queries";

export function AgentLog({ agent }: { agent: WorkspaceAgent }) {
  const { lines, link, error } = useAgentLog(agent.id);
  const [source, setSource] = useState("");
  const present = useMemo(() => new Set(lines.map((line) => line.source)), [lines, lines.length]);
  const sources = agent.log_sources.filter((s) => present.has(s.id));
  const shown = useMemo(() => (source === "" ? lines : lines.filter((line) => line.source === source)), [lines, lines.length, source]);
  return (
    <div className="stack tight">
      {sources.length > 1 && (
        <div className="row wrap" role="group" aria-label={words.source}>
          {[{ id: "", display_name: words.allSources }, ...sources].map((s) => (
            <button key={s.id} type="button" className="chip" aria-pressed={source === s.id} onClick={() => setSource(s.id)}>
              {s.display_name}
            </button>
          ))}
        </div>
      )}
      {agent.logs_overflowed && <p className="muted small">{words.overflow}</p>}
      <LogView lines={shown} link={link} error={error} name={`${agent.name}-start`} height="min(40dvh, 300px)" least="trace" />
    </div>
  );
}
