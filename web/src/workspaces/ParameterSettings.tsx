import type { Workspace } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { buildParameters } from "@/builds/queries";
import { ParameterField } from "@/parameters/ParameterField";
import { focusFirstBad } from "@/parameters/focus";
import { initialValues, validateAll, type Values } from "@/parameters/validate";
import { ApiError } from "@/lib/api";
import { words as common } from "@/strings/common";
import { acts, create, settings as words } from "@/strings/workspaces";
import { type FormParameter, formParameters } from "@/templates/queries";
import { Button } from "@/ui/Button";
import { Bones, Failure, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast } from "@/ui/toast";
import { useUnsaved } from "@/ui/Unsaved";
import { useBuild } from "./queries";
import { can } from "./state";
import { useRestart } from "./useRestart";

export function ParameterSettings({ workspace: w }: { workspace: Workspace }) {
  const [update, setUpdate] = useState(false);
  const version = update ? w.template_active_version_id : w.latest_build.template_version_id;
  const parameters = useQuery(formParameters(version));
  const values = useQuery(buildParameters(w.latest_build.id));
  const both = {
    data: parameters.data && values.data ? { parameters: parameters.data, values: Object.fromEntries(values.data.map((v) => [v.name, v.value])) } : undefined,
    error: parameters.error ?? values.error,
    refetch: parameters.refetch,
  };
  return (
    <Section title={words.parameters}>
      <p className="muted">{words.parametersHint}</p>
      {w.outdated && (
        <label className="row">
          <input type="checkbox" checked={update} onChange={(event) => setUpdate(event.currentTarget.checked)} /> {acts.update}: {words.behind}
        </label>
      )}
      <Load query={both} skeleton={<Bones rows={4} height={72} />}>
        {(ready) => <Values key={version} workspace={w} version={version} {...ready} />}
      </Load>
    </Section>
  );
}

const kLater = "later"; // of the button that saves and does not start

type ValuesProps = { workspace: Workspace; version: string; parameters: FormParameter[]; values: Values };

function Values({ workspace: w, version, parameters, values: previous }: ValuesProps) {
  const [values, setValues] = useState(() => initialValues(parameters, previous));
  const [tried, setTried] = useState(false);
  const build = useBuild();
  const restart = useRestart(w);
  const navigate = useNavigate();
  const saved = useUnsaved(parameters.some((p) => p.mutable && (values[p.name] ?? "") !== (previous[p.name] ?? values[p.name] ?? "")));
  const problems = validateAll(parameters, values, previous);
  const error = build.error instanceof ApiError ? build.error : undefined;
  const may = can(w);
  if (parameters.length === 0) return <p className="muted">{words.noParameters}</p>;

  const count = Object.keys(problems).length;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (count > 0) return focusFirstBad(event.currentTarget);
    const later = (event.nativeEvent as SubmitEvent).submitter?.getAttribute("value") === kLater;
    const rich = parameters.filter((p) => (p.mutable || previous[p.name] === undefined) && !(later && p.ephemeral)).map((p) => ({ name: p.name, value: values[p.name] ?? "" }));
    const ask = { template_version_id: version, rich_parameter_values: rich };
    const show = () => {
      saved();
      void navigate({ to: "/@{$user}/$workspace", params: { user: w.owner_name, workspace: w.name } });
    };
    // The values are those of the latest build: one that leaves it stopped keeps them for the next start.
    const keep = () => (saved(), toast(common.saved, "good", words.fromNextStart));
    const post = (transition: "start" | "stop") => build.mutateAsync({ id: w.id, ask: { transition, ...ask } }).then(later ? keep : show, () => undefined); // the form shows what was refused
    if (may.restart && !later) void restart.run(ask, show);
    else void post(later ? "stop" : "start");
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <div>
        {parameters.map((p) => (
          <ParameterField
            key={p.name}
            parameter={p}
            value={values[p.name] ?? ""}
            previous={previous[p.name]}
            locked={!p.mutable && previous[p.name] !== undefined}
            problem={tried || values[p.name] !== previous[p.name] ? (problems[p.name] ?? error?.field(p.name)) : undefined}
            onChange={(value) => setValues((old) => ({ ...old, [p.name]: value }))}
          />
        ))}
      </div>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <div className="form-acts">
        <Button type="submit" kind="main" disabled={!may.restart && !may.start} busy={build.isPending || restart.busy}>
          {may.restart ? words.restart : words.startWith}
        </Button>
        <Button type="submit" value={kLater} disabled={!may.restart && !may.start} busy={build.isPending || restart.busy}>
          {may.restart ? words.saveAndStop : common.save}
        </Button>
        <span className="small" role="status" style={{ color: "var(--bad)" }}>
          {tried && count > 0 ? create.fix(count) : ""}
        </span>
      </div>
    </form>
  );
}
