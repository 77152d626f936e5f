import type { AuthorizationExplainRequest } from "@gen";
import { useQueries } from "@tanstack/react-query";
import { roles as words } from "@/strings/roles";
import { Failure } from "@/ui/Load";
import { because } from "./because";
import { explainQuery } from "./queries";

type Asks = (AuthorizationExplainRequest | undefined)[];

// What a cell of several rights stands for is allowed when each of them is.
function useVerdict(asks: Asks) {
  const all = useQueries({ queries: asks.map((ask) => explainQuery(ask)) });
  const answers = all.map((one) => one.data);
  const refused = answers.find((one) => one && !one.allowed);
  return { error: all.find((one) => one.error)?.error, answer: answers.every((one) => one) ? (refused ?? answers[0]) : undefined };
}

type VerdictProps = { name: string; called: ReadonlyMap<string, string>; now: Asks; was: Asks; changed: boolean };

export function Verdict({ name, called, now, was, changed }: VerdictProps) {
  const { error, answer } = useVerdict(now);
  const before = useVerdict(changed ? was : []);
  if (error) return <Failure error={error} />;
  return (
    <div role="status" style={{ minHeight: 60 }}>
      {answer && (
        <>
          <p>
            <strong style={{ color: answer.allowed ? "var(--good)" : "var(--bad)" }}>{answer.allowed ? words.allowed : words.refusedWord}</strong> {words.tryHolder(name)}
          </p>
          <p className="muted small">{because(answer, called)}</p>
          {changed && before.answer && <p className="muted small">{words.before(before.answer.allowed, answer.allowed)}</p>}
        </>
      )}
    </div>
  );
}
