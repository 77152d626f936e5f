// What an import found: what will be made, and the values that it was made with.
import type { TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { words } from "@/strings/templates";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { Planned } from "./Planned";
import { versionResources, versionVariables } from "./queries";

export function Outcome({ version: v }: { version: TemplateVersion }) {
  const resources = useQuery(versionResources(v.id));
  const variables = useQuery(versionVariables(v.id));
  return (
    <>
      <Section title={words.resources}>
        <Load query={resources} skeleton={<Bones rows={2} />}>
          {(list) => <Planned resources={list} />}
        </Load>
      </Section>
      <Section title={words.variables}>
        <Load query={variables} skeleton={<Bones rows={2} />}>
          {(list) =>
            list.length === 0 ? (
              <p className="muted">{words.variablesNone}</p>
            ) : (
              <dl className="facts">
                {list.map((x) => (
                  <Variable key={x.name} name={x.name} about={x.description} value={x.sensitive ? words.hiddenValue : x.value || x.default_value || words.unset} plain={!x.sensitive && (x.value || x.default_value) !== ""} />
                ))}
              </dl>
            )
          }
        </Load>
      </Section>
    </>
  );
}

function Variable({ name, about, value, plain }: { name: string; about: string; value: string; plain: boolean }) {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd>
        <span className={plain ? "mono" : "muted"}>{value}</span>
        {about && <p className="muted small">{about}</p>}
      </dd>
    </>
  );
}
