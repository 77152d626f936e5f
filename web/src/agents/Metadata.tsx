import { words } from "@/strings/agents";
import { pieces } from "@/lib/ansi";
import { useMetadata } from "./queries";

export function Metadata({ agentId, on }: { agentId: string; on: boolean }) {
  const values = useMetadata(agentId, on);
  if (!values || values.length === 0) return null;
  return (
    <dl className="metadata" aria-label={words.metadata}>
      {values.map(({ description, result }) => (
        <div key={description.key} data-stale={result.age > Math.max(30, description.interval * 3) || undefined}>
          <dt className="clip">{description.display_name || description.key}</dt>
          <dd className="clip" title={result.error || result.value}>
            {result.error && result.value === "" ? (
              <span className="muted" title={result.error}>
                {words.failedValue}
              </span>
            ) : (
              pieces(result.value.trim()).map((piece, i) => (
                <span key={i} className={piece.style || undefined}>
                  {piece.text}
                </span>
              ))
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
