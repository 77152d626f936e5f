import { TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { setup } from "@/strings/app";
import { words as common } from "@/strings/common";
import { upload as words } from "@/strings/upload";
import { Button } from "@/ui/Button";
import { freeName } from "./compare";
import type { Plan } from "./Importing";
import { nameProblem } from "./Starter";

type NameFormProps = { name: string; label: string; taken: ReadonlySet<string>; off: boolean; busy: boolean; onSubmit: (plan: Omit<Plan, "org">) => void; onBack: () => void };

export function NameForm({ name: wanted, label: called, taken, off, busy, onSubmit, onBack }: NameFormProps) {
  const [typed, setName] = useState<string>();
  const [label, setLabel] = useState(called);
  const [description, setDescription] = useState("");
  const name = typed ?? freeName(wanted, taken);
  const problem = nameProblem(name, taken);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem === undefined && !off) onSubmit({ name, label: label.trim() || name, description: description.trim(), icon: "" });
  };
  return (
    <form className="form upload-form" onSubmit={submit} noValidate>
      <TextInput label={setup.templateName} description={setup.templateNameHint} value={name} error={problem} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput label={setup.templateLabel} description={setup.templateLabelHint} value={label} maxLength={64} autoComplete="off" onChange={(event) => setLabel(event.currentTarget.value)} />
      <TextInput label={words.description} description={words.descriptionHint} value={description} maxLength={128} autoComplete="off" onChange={(event) => setDescription(event.currentTarget.value)} />
      <div className="form-acts">
        <Button type="submit" kind="main" busy={busy} disabled={off || problem !== undefined}>
          {words.import}
        </Button>
        <Button icon="left" onClick={onBack}>
          {common.back}
        </Button>
      </div>
    </form>
  );
}
