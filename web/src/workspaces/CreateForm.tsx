import type { Preset, Template } from "@gen";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName, suggestName } from "@/lib/names";
import { commandLine } from "@/lib/shell";
import { useMe } from "@/me/queries";
import { focusFirstBad } from "@/parameters/focus";
import { ParameterField } from "@/parameters/ParameterField";
import { Presets } from "@/parameters/Presets";
import { initialValues, validateAll, type Values } from "@/parameters/validate";
import { presetsWaiting } from "@/prebuilds/state";
import { poolsOf } from "@/prebuilds/queries";
import { create as words } from "@/strings/workspaces";
import { words as parameterWords } from "@/strings/parameters";
import type { FormParameter } from "@/templates/queries";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Failure } from "@/ui/Load";
import { useCreateWorkspace } from "./queries";

type FormProps = { template: Template; parameters: FormParameter[]; presets: Preset[]; last: Values };

// Values given in the address, as `param.NAME=value`; they fill the form and nothing more.
function fromAddress(): { name: string | undefined; values: Values } {
  const search = new URLSearchParams(window.location.search);
  const values: Values = {};
  for (const [key, value] of search) if (key.startsWith("param.")) values[key.slice(6)] = value;
  return { name: search.get("name") ?? undefined, values };
}

// Where a template has presets the command says which, or that there is none: left out, it would take the usual one.
const presetFlag = (presets: Preset[], chosen: Preset | undefined): string[] => (presets.length === 0 ? [] : ["--preset", chosen?.Name ?? "none"]);

const presetValues = (preset: Preset | undefined): Values => Object.fromEntries((preset?.Parameters ?? []).map((p) => [p.Name, p.Value]));

export function CreateForm({ template, parameters, presets, last }: FormProps) {
  const me = useMe();
  const navigate = useNavigate();
  const create = useCreateWorkspace();
  const pooled = presets.some((p) => p.DesiredPrebuildInstances !== null);
  const waiting = presetsWaiting(useQuery({ ...poolsOf(template.id), enabled: pooled, retry: false }).data);
  const given = useMemo(fromAddress, []);
  const [preset, setPreset] = useState(() => presets.find((p) => p.Default));
  const [name, setName] = useState(() => given.name ?? suggestName());
  const [values, setValues] = useState(() => initialValues(parameters, { ...last, ...presetValues(preset), ...given.values }));
  const [touched, setTouched] = useState<ReadonlySet<string>>(() => new Set(Object.keys(given.values)));
  const error = create.error instanceof ApiError ? create.error : undefined;

  const problems = validateAll(parameters, values);
  const nameProblem = isName(name) ? error?.field("name") : words.nameBad;
  const count = Object.keys(problems).length + (isName(name) ? 0 : 1);
  const shown = (p: FormParameter) => (touched.has(p.name) ? (problems[p.name] ?? error?.field(p.name)) : error?.field(p.name));
  const changed = parameters.filter((p) => values[p.name] !== (presetValues(preset)[p.name] ?? p.default_value));
  const masked = changed.some((p) => p.styling.mask_input);
  const command = commandLine(["slipway", "create", name || "NAME", "--template", template.name, ...presetFlag(presets, preset), ...changed.flatMap((p) => ["--parameter", `${p.name}=${p.styling.mask_input ? words.cliMasked : values[p.name]}`])]);

  const choose = (next: Preset | undefined) => {
    setPreset(next);
    if (next) setValues((old) => ({ ...old, ...presetValues(next) }));
  };
  const change = (key: string, value: string) => {
    setValues((old) => ({ ...old, [key]: value }));
    setTouched((old) => (old.has(key) ? old : new Set([...old, key])));
    if (preset && presetValues(preset)[key] !== undefined && presetValues(preset)[key] !== value) setPreset(undefined);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTouched(new Set(parameters.map((p) => p.name)));
    if (count > 0) return focusFirstBad(event.currentTarget);
    const ask = {
      template_version_id: template.active_version_id,
      name,
      rich_parameter_values: parameters.map((p) => ({ name: p.name, value: values[p.name] ?? "" })),
      ...(preset ? { template_version_preset_id: preset.ID } : {}),
    };
    create.mutate({ owner: "me", ask }, { onSuccess: (w) => void navigate({ to: "/@{$user}/$workspace", params: { user: w.owner_name || me.username, workspace: w.name } }) });
  };

  return (
    <form className="form" onSubmit={submit} noValidate>
      {Object.keys(given.values).length > 0 && (
        <div className="notice">
          <Icon name="info" />
          <p>{words.prefilled}</p>
        </div>
      )}
      {presets.length > 0 && <Presets presets={presets} chosen={preset?.ID} waiting={waiting} onChoose={choose} />}
      <TextInput label={words.name} description={words.nameHint} value={name} error={nameProblem} autoComplete="off" spellCheck={false} onChange={(event) => setName(event.currentTarget.value)} />
      <div>
        {parameters.length === 0 && <p className="muted">{parameterWords.none}</p>}
        {parameters.map((p) => (
          <ParameterField key={p.name} parameter={p} value={values[p.name] ?? ""} problem={shown(p)} onChange={(value) => change(p.name, value)} />
        ))}
      </div>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <div className="create-end">
        <Button type="submit" kind="main" busy={create.isPending}>
          {words.submit}
        </Button>
        <span className="small" role="status" style={{ color: "var(--bad)" }}>
          {touched.size > 0 && count > 0 ? words.fix(count) : ""}
        </span>
      </div>
      <details className="create-cli">
        <summary>{words.cli}</summary>
        <CopyLine text={command} label={words.cliCopy} />
        {masked && <p className="muted small">{words.cliMaskedHint}</p>}
      </details>
    </form>
  );
}
