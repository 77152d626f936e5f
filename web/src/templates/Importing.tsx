// A version on its way to be a template: its live log, and what to do when one of the two steps fails.
import type { TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { LogView } from "@/builds/LogView";
import { useJobLog, versionLogPath } from "@/builds/queries";
import { ApiError } from "@/lib/api";
import { setup as words } from "@/strings/app";
import { words as common } from "@/strings/common";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { State } from "@/ui/State";
import { ImportFailed } from "./ImportFailed";
import { ended, useCreateTemplate, versionQuery } from "./queries";

export type Made = { org: string; name: string; label: string };

// What the template will be called. `label` is what people read.
export type Plan = { org: string; name: string; label: string; description: string; icon: string };

type ImportingProps = { plan: Plan; version: TemplateVersion; busy: boolean; onMade: (made: Made) => void; onAgain: () => void; onBack: () => void; backWord: string };

export function Importing({ plan, version: first, busy, onMade, onAgain, onBack, backWord }: ImportingProps) {
  const version = useQuery({ ...versionQuery(first.id), initialData: first }).data;
  const log = useJobLog(versionLogPath(first.id), true);
  const create = useCreateTemplate();
  const done = version.job.status === "succeeded";

  useEffect(() => {
    if (!done || !create.isIdle) return;
    const { org, name, label, description, icon } = plan;
    const ask = { name, display_name: label, description: description.slice(0, 128), icon, template_version_id: first.id };
    create.mutate({ org, ask }, { onSuccess: (template) => onMade({ org, name: template.name, label }) });
  }, [done, create, first.id, plan, onMade]);

  const failed = ended(version) && !done;
  const notMade = create.error instanceof ApiError ? (create.error.fields[0]?.detail ?? create.error.detail) || create.error.message : create.error?.message;
  const again = (onClick: () => void) => (
    <Button kind="main" icon="restart" busy={busy || create.isPending} onClick={onClick}>
      {common.tryAgain}
    </Button>
  );
  const back = (
    <Button icon="left" onClick={onBack}>
      {backWord}
    </Button>
  );
  return (
    <div className="stack">
      <div className="row">
        <Picture url={plan.icon} name={plan.label} size={28} />
        <h2 className="grow">{failed || create.error ? plan.label : words.importing(plan.label)}</h2>
        {failed || create.error ? <State tone="bad" word={words.importFailed} /> : <State tone="wait" word={words.importGoes} />}
      </div>
      {failed && (
        <ImportFailed title={words.failed} error={version.job.error || words.failed} lines={log.lines}>
          {again(onAgain)}
          {back}
        </ImportFailed>
      )}
      {create.error && (
        <ImportFailed title={words.notMade} error={notMade ?? ""} lines={[]}>
          {again(() => create.reset())}
          {back}
        </ImportFailed>
      )}
      {!failed && !create.error && <p className="muted">{words.importingHint}</p>}
      <LogView lines={log.lines} link={log.link} error={log.error} name={plan.name} height="min(44dvh, 320px)" />
    </div>
  );
}
