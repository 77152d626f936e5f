// One parameter: its words, its marks, its control, its trouble.
import { lazy, Suspense, useId } from "react";
import { chunk } from "@/lib/chunk";
import { words } from "@/strings/parameters";
import type { FormParameter } from "@/templates/queries";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { ParameterControl } from "./ParameterControl";
import { validate } from "./validate";
import "./parameters.css";

const Markdown = lazy(chunk(() => import("@/ui/Markdown")));

type FieldProps = { parameter: FormParameter; value: string; onChange: (value: string) => void; problem?: string | undefined; locked?: boolean; previous?: string | undefined };

export function ParameterField({ parameter: p, value, onChange, problem, locked = false, previous }: FieldProps) {
  const id = useId();
  const label = p.display_name || p.name;
  const wrong = validate(p, value, previous) !== undefined ? problem : undefined;
  return (
    <div className="parameter" role="group" aria-labelledby={id} data-bad={problem !== undefined || undefined}>
      <div className="parameter-words">
        <div className="parameter-head">
          {p.icon && <Picture url={p.icon} name={label} size={18} />}
          <span id={id} className="parameter-label">
            {label}
          </span>
          {!p.required && p.default_value === "" && p.type !== "bool" && <span className="badge">{words.optional}</span>}
          {!p.mutable && (
            <span className="parameter-note" title={words.immutableHint}>
              <Icon name="lock" size={11} /> {words.immutable}
            </span>
          )}
          {p.ephemeral && (
            <span className="badge" data-tone="launch" title={words.ephemeralHint}>
              <Icon name="bolt" size={11} /> {words.ephemeral}
            </span>
          )}
        </div>
        {p.description && (
          <div className="parameter-hint" id={`${id}-hint`}>
            <Suspense fallback={p.description_plaintext || p.description}>
              <Markdown text={p.description} small />
            </Suspense>
          </div>
        )}
      </div>
      <ParameterControl parameter={p} value={value} onChange={onChange} label={label} describedBy={`${id}-problem`} bad={problem !== undefined} disabled={locked} />
      <p className="parameter-problem" id={`${id}-problem`} role={wrong ? "alert" : undefined}>
        {problem}
      </p>
    </div>
  );
}
