// One starter before it is used: what its author says of it, and what the template will be called.
import type { TemplateExample } from "@gen";
import { TextInput } from "@mantine/core";
import { lazy, Suspense, useState, type FormEvent } from "react";
import { chunk } from "@/lib/chunk";
import { isName } from "@/lib/names";
import { setup as words } from "@/strings/app";
import { words as common } from "@/strings/common";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Bones, Failure } from "@/ui/Load";

const Markdown = lazy(chunk(() => import("@/ui/Markdown")));

type StarterProps = { example: TemplateExample; name: string; taken: ReadonlySet<string>; busy: boolean; error: Error | null; onUse: (name: string, label: string) => void; onBack: () => void };

export function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (!isName(name)) return words.nameBad;
  return taken.has(name) ? words.nameTaken(name) : undefined;
}

// The second one of its kind is told apart in what people read, too.
const labelOf = (example: TemplateExample, name: string) => {
  const number = /-(\d+)$/.exec(name)?.[1];
  return number ? `${example.name} ${number}` : example.name;
};

export function Starter({ example, name: free, taken, busy, error, onUse, onBack }: StarterProps) {
  const [name, setName] = useState(free);
  const [label, setLabel] = useState(() => labelOf(example, free));
  const problem = nameProblem(name, taken);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem === undefined) onUse(name, label.trim() || example.name);
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <div className="row">
        <Picture url={example.icon} name={example.name} size={28} />
        <h2 className="grow">{example.name}</h2>
      </div>
      {error && <Failure error={error} />}
      <div className="pair even">
        <TextInput label={words.templateName} description={words.templateNameHint} value={name} error={problem} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label={words.templateLabel} description={words.templateLabelHint} value={label} maxLength={64} autoComplete="off" onChange={(event) => setLabel(event.currentTarget.value)} />
      </div>
      <div className="form-acts">
        <Button type="submit" kind="main" busy={busy} disabled={problem !== undefined}>
          {words.addTemplate}
        </Button>
        <Button icon="left" onClick={onBack}>
          {common.back}
        </Button>
      </div>
      <div className="starter-readme">
        <Suspense fallback={<Bones rows={4} />}>
          <Markdown text={example.markdown} />
        </Suspense>
      </div>
    </form>
  );
}
