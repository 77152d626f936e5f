import type { Template, TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useJobLog, versionLogPath } from "@/builds/queries";
import { LogView } from "@/builds/LogView";
import { chunk } from "@/lib/chunk";
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
import { ImportFailed } from "./ImportFailed";
import { Outcome } from "./Outcome";
import { ended, templateByName, useCancelVersion, useImportAgain, useMayChange, versionByName, versionsOf } from "./queries";
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
  const may = useMayChange(t.id);
  const versions = useQuery(versionsOf(t.id)).data; // what stands below the changes waits for them, so that nothing moves
  const { since } = useSearch({ from: "/app/templates/$org/$name/versions/$version" });
  const navigate = useNavigate({ from: "/templates/$org/$name/versions/$version" });
  const again = useImportAgain(t.organization_name);
  const cancel = useCancelVersion();
  const active = v.id === t.active_version_id;
  const log = useJobLog(versionLogPath(v.id), !ended(v));
  const [focus, setFocus] = useState<number>();
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
        may && (
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
        <ImportFailed error={v.job.error ?? ""} lines={log.lines} onShow={setFocus}>
          {may && (
            <Button kind="main" icon="restart" busy={again.isPending} onClick={() => again.mutate(v, { onSuccess: (made) => void navigate({ params: (old) => ({ ...old, version: made.name }) }), onError: toastError })}>
              {buildWords.again}
            </Button>
          )}
        </ImportFailed>
      )}
      <Section title={words.job}>
        <LogView lines={log.lines} link={log.link} error={log.error} name={v.name} focus={focus} height="min(50dvh, 420px)" />
      </Section>
      {may && versions && <Changes template={t} version={v} versions={versions} since={since} />}
      {v.job.status === "succeeded" && (may === false || versions) && <Outcome version={v} />}
      {may && versions && (
        <Section title={words.files}>
          <Suspense fallback={<Bones rows={6} />}>
            <Files fileId={v.job.file_id} label={words.filesOf(v.name)} />
          </Suspense>
        </Section>
      )}
    </Page>
  );
}
