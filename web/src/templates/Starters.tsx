// The starter templates, and the one-click path from one of them to a template that can be used.
import type { TemplateExample, TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useJobLog, versionLogPath } from "@/builds/queries";
import { LogView } from "@/builds/LogView";
import { useOrganizations } from "@/me/organization";
import { setup as words } from "@/strings/app";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Failure, Load } from "@/ui/Load";
import { State } from "@/ui/State";
import { examplesQuery, ended, fromExample, useCreateTemplate, useCreateVersion, versionQuery } from "./queries";

export type Made = { org: string; name: string; label: string };

// Names of templates follow the contract's name rule; a starter's id is close to it already.
export function nameFrom(id: string): string {
  const name = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 32).replaceAll(/^-|-$/g, "");
  return name || "template";
}

// What needs nothing else to be installed comes first.
export function beginnersFirst(list: TemplateExample[]): TemplateExample[] {
  return list.toSorted((a, b) => Number(b.tags.includes("starter")) - Number(a.tags.includes("starter")));
}

export function Starters({ onMade, limit }: { onMade: (made: Made) => void; limit?: number }) {
  const examples = useQuery(examplesQuery);
  const [chosen, setChosen] = useState<{ example: TemplateExample; version: TemplateVersion }>();
  const create = useCreateVersion();
  const org = useOrganizations().usual;

  if (chosen && org) return <Importing key={chosen.version.id} org={org.name} {...chosen} onMade={onMade} onBack={() => setChosen(undefined)} />;
  return (
    <Load query={examples} skeleton={<Bones rows={4} height={72} />}>
      {(list) => (
        <>
          {create.error && <Failure error={create.error} />}
          {list.length === 0 && <p className="muted">{words.none}</p>}
          <ul className="starters">
            {beginnersFirst(list).slice(0, limit).map((example, i) => (
              <li key={example.id} className="starter">
                <Picture url={example.icon} name={example.name} size={36} />
                <div className="starter-words">
                  <h3>{example.name}</h3>
                  <p>{example.description}</p>
                </div>
                <Button
                  kind={i === 0 ? "main" : "plain"}
                  aria-label={words.use(example.name)}
                  disabled={!org}
                  busy={create.isPending && create.variables.ask.example_id === example.id}
                  onClick={() => org && create.mutate({ org: org.name, ask: fromExample(example.id) }, { onSuccess: (version) => setChosen({ example, version }) })}
                >
                  {words.useShort}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Load>
  );
}

type ImportingProps = { org: string; example: TemplateExample; version: TemplateVersion; onMade: (made: Made) => void; onBack: () => void };

function Importing({ org, example, version: first, onMade, onBack }: ImportingProps) {
  const version = useQuery({ ...versionQuery(first.id), initialData: first }).data;
  const log = useJobLog(versionLogPath(first.id), true);
  const create = useCreateTemplate();
  const done = version.job.status === "succeeded";
  const name = nameFrom(example.id);

  useEffect(() => {
    if (!done || !create.isIdle) return;
    const ask = { name, display_name: example.name, description: example.description.slice(0, 128), icon: example.icon, template_version_id: first.id };
    create.mutate({ org, ask }, { onSuccess: (template) => onMade({ org, name: template.name, label: example.name }) });
  }, [done, create, example, first.id, name, onMade, org]);

  const failed = create.error ?? (ended(version) && !done ? new Error(version.job.error || words.failed) : undefined);
  return (
    <div className="stack">
      <div className="row">
        <Picture url={example.icon} name={example.name} size={28} />
        <h2 className="grow">{words.importing(example.name)}</h2>
        {failed ? <State tone="bad" word={words.importFailed} /> : <State tone="wait" word={words.importGoes} />}
      </div>
      {failed ? (
        <div className="notice" data-tone="bad" role="alert">
          <Icon name="warning" />
          <div>
            <h3>{words.failed}</h3>
            <p>{failed.message}</p>
            <div className="notice-acts">
              <Button size="small" icon="left" onClick={onBack}>
                {words.another}
              </Button>
            </div>
          </div>
        </div>
      ) : (
        <p className="muted">{words.importingHint}</p>
      )}
      <LogView lines={log.lines} link={log.link} error={log.error} name={name} height="min(44dvh, 320px)" />
    </div>
  );
}
