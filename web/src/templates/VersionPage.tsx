import type { Template, TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useJobLog, versionLogPath } from "@/builds/queries";
import { LogView } from "@/builds/LogView";
import { firstCause } from "@/builds/fold";
import { chunk } from "@/lib/chunk";
import { useRights } from "@/me/queries";
import { words as buildWords } from "@/strings/builds";
import { words } from "@/strings/templates";
import { Ago } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { toastError } from "@/ui/toast";
import { Changes } from "./Changes";
import { Planned } from "./Planned";
import { ended, templateByName, useCancelVersion, versionByName, versionResources, versionVariables } from "./queries";
import { versionState } from "./state";
import { Promote } from "./Versions";
import "./templates.css";

const Files = lazy(chunk(() => import("./Files")));

export function VersionPage() {
  const { org, name, version: versionName } = useParams({ from: "/app/templates/$org/$name/versions/$version" });
  const template = useQuery(templateByName(org, name));
  const version = useQuery(versionByName(org, name, versionName));
  const both = { data: template.data && version.data ? { template: template.data, version: version.data } : undefined, error: template.error ?? version.error, refetch: version.refetch };
  return (
    <Load query={both} skeleton={<div className="page"><Bones rows={8} height={56} /></div>}>
      {(ready) => <Shown key={ready.version.id} {...ready} />}
    </Load>
  );
}

function Shown({ template: t, version: v }: { template: Template; version: TemplateVersion }) {
  const rights = useRights();
  const cancel = useCancelVersion();
  const active = v.id === t.active_version_id;
  const log = useJobLog(versionLogPath(v.id), !ended(v));
  const [focus, setFocus] = useState<number>();
  const cause = v.job.status === "failed" ? firstCause(log.lines) : undefined;
  return (
    <Page
      title={`${v.name} · ${t.display_name || t.name}`}
      heading={words.version(v.name)}
      above={
        <nav>
          <Link to="/templates/$org/$name" params={{ org: t.organization_name, name: t.name }} search={{ tab: "versions" }} className="row" style={{ display: "inline-flex" }}>
            <Icon name="left" /> {t.display_name || t.name}
          </Link>
        </nav>
      }
      state={
        <span className="row wrap">
          <State {...versionState(v, active)} /> {words.by(v.created_by.username)} <Ago at={v.created_at} />
        </span>
      }
      acts={
        rights.updateTemplate && (
          <>
            {!ended(v) && (
              <Button icon="cross" onClick={() => cancel.mutate(v.id, { onError: toastError })}>
                {words.cancelImport}
              </Button>
            )}
            {!active && v.job.status === "succeeded" && !v.archived && <Promote template={t} version={v} kind="main" />}
          </>
        )
      }
    >
      {v.message && <p>{v.message}</p>}
      {v.job.status === "failed" && (
        <section className="fail">
          <h2>
            <Icon name="warning" size={18} /> {words.importFailed}
          </h2>
          <p>{v.job.error}</p>
          {cause && (
            <div>
              <Button size="small" kind="quiet" icon="search" onClick={() => setFocus(cause.id)}>
                {buildWords.showLine}
              </Button>
            </div>
          )}
        </section>
      )}
      <Section title={words.job}>
        <LogView lines={log.lines} link={log.link} error={log.error} name={v.name} focus={focus} height="min(50dvh, 420px)" />
      </Section>
      <Changes org={t.organization_name} template={t.name} version={v.name} fileId={v.job.file_id} />
      {v.job.status === "succeeded" && <Outcome version={v} />}
    </Page>
  );
}

function Outcome({ version: v }: { version: TemplateVersion }) {
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
      <Section title={words.files}>
        <Suspense fallback={<Bones rows={6} />}>
          <Files fileId={v.job.file_id} label={words.filesOf(v.name)} />
        </Suspense>
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
