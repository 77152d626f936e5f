// The starter templates, and the way from one of them to a template that can be used: one click, or its words and another name first.
import type { TemplateExample, TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useOrganizations } from "@/me/organization";
import { setup as words } from "@/strings/app";
import { upload } from "@/strings/upload";
import { Picture } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/Button";
import { Bones, Failure, Load } from "@/ui/Load";
import { freeName } from "./compare";
import { Importing, type Made } from "./Importing";
import { examplesQuery, fromExample, templatesQuery, useCreateVersion } from "./queries";
import { Starter } from "./Starter";

export type { Made } from "./Importing";

// Names of templates follow the contract's name rule; a starter's id is close to it already.
export function nameFrom(id: string): string {
  const name = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 32).replaceAll(/^-|-$/g, "");
  return name || "template";
}

// What needs nothing else to be installed comes first.
export function beginnersFirst(list: TemplateExample[]): TemplateExample[] {
  return list.toSorted((a, b) => Number(b.tags.includes("starter")) - Number(a.tags.includes("starter")));
}

type Chosen = { example: TemplateExample; name: string; label: string; version: TemplateVersion };

export function Starters({ onMade, limit }: { onMade: (made: Made) => void; limit?: number }) {
  const examples = useQuery(examplesQuery);
  const org = useOrganizations().usual;
  const templates = useQuery(templatesQuery).data;
  const taken = new Set(templates?.filter((t) => t.organization_id === org?.id).map((t) => t.name));
  const [reading, setReading] = useState<TemplateExample>();
  const [chosen, setChosen] = useState<Chosen>();
  const create = useCreateVersion();
  const begin = (example: TemplateExample, name: string, label: string) =>
    org && create.mutate({ org: org.name, ask: fromExample(example.id) }, { onSuccess: (version) => setChosen({ example, name, label, version }) });

  if (chosen && org) {
    const { example, name, label, version } = chosen;
    const plan = { org: org.name, name, label, description: example.description, icon: example.icon };
    return <Importing key={version.id} plan={plan} version={version} busy={create.isPending} onMade={onMade} onAgain={() => begin(example, name, label)} onBack={() => (setChosen(undefined), setReading(undefined))} backWord={words.another} />;
  }
  if (reading) return <Starter example={reading} name={freeName(nameFrom(reading.id), taken)} taken={taken} busy={create.isPending} error={create.error} onUse={(name, label) => begin(reading, name, label)} onBack={() => setReading(undefined)} />;
  return (
    <Load query={examples} skeleton={<Bones rows={4} height={72} />}>
      {(list) => (
        <>
          {create.error && <Failure error={create.error} />}
          {list.length === 0 && (
            <div className="stack">
              <p className="muted">{words.none}</p>
              <div>
                <LinkButton kind="main" icon="up" to="/templates/upload">
                  {upload.open}
                </LinkButton>
              </div>
            </div>
          )}
          <ul className="starters">
            {beginnersFirst(list).slice(0, limit).map((example, i) => (
              <li key={example.id} className="starter">
                <Picture url={example.icon} name={example.name} size={36} />
                <div className="starter-words">
                  <h3>{example.name}</h3>
                  <p>{example.description}</p>
                </div>
                <div className="row starter-acts">
                  <Button kind="quiet" aria-label={words.read(example.name)} onClick={() => setReading(example)}>
                    {words.readShort}
                  </Button>
                  <Button
                    kind={i === 0 ? "main" : "plain"}
                    aria-label={words.use(example.name)}
                    disabled={!org}
                    busy={create.isPending && create.variables.ask.example_id === example.id}
                    onClick={() => (taken.has(nameFrom(example.id)) ? setReading(example) : begin(example, nameFrom(example.id), example.name))}
                  >
                    {words.useShort}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Load>
  );
}
