// Create: the template at the left, the form at the right, and the same values as a command.
import type { Template } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { parseTime, span } from "@/lib/time";
import { create as words } from "@/strings/workspaces";
import { templateByName, formParameters, versionPresets, versionQuery, versionResources } from "@/templates/queries";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { CreateForm } from "./CreateForm";
import { lastValues, quotaQuery } from "./queries";
import "./create.css";

export function CreatePage() {
  const { org, name } = useParams({ from: "/app/templates/$org/$name/workspace" });
  const template = useQuery(templateByName(org, name));
  return (
    <Load query={template} skeleton={<div className="page"><Bones rows={7} height={64} /></div>}>
      {(t) => (
        <Page title={words.title(t.display_name || t.name)} heading={words.heading}>
          <div className="create">
            <About template={t} />
            <Ready template={t} />
          </div>
        </Page>
      )}
    </Load>
  );
}

function About({ template: t }: { template: Template }) {
  const time = t.build_time_stats.start?.P50;
  const resources = useQuery(versionResources(t.active_version_id)).data ?? [];
  const cost = resources.reduce((sum, r) => sum + (r.workspace_transition === "start" ? r.daily_cost : 0), 0);
  const quota = useQuery({ ...quotaQuery(t.organization_id), enabled: cost > 0, retry: false }).data;
  return (
    <aside className="create-about">
      <Picture url={t.icon} name={t.display_name || t.name} size={44} />
      <h2>{t.display_name || t.name}</h2>
      {t.description && <p className="muted">{t.description}</p>}
      <ul className="create-facts">
        <li>
          <Icon name="clock" /> {time ? words.usually(span(time)) : words.unknownTime}
        </li>
        {cost > 0 && (
          <li>
            <Icon name="coins" /> {words.costs(cost)}
          </li>
        )}
        {cost > 0 && quota && <li className="create-credits">{words.credits(quota.credits_consumed, quota.budget)}</li>}
        <li>
          <Icon name="people" /> {words.used(Math.max(0, t.active_user_count))}
        </li>
      </ul>
      {cost > 0 && quota && quota.credits_consumed + cost > quota.budget && (
        <div className="notice" data-tone="wait">
          <Icon name="coins" />
          <p>{words.tooDear}</p>
        </div>
      )}
      {t.deprecated && (
        <div className="notice" data-tone="wait">
          <Icon name="warning" />
          <p>
            {words.deprecated} {t.deprecation_message}
          </p>
        </div>
      )}
    </aside>
  );
}

function Ready({ template: t }: { template: Template }) {
  const version = useQuery(versionQuery(t.active_version_id));
  const parameters = useQuery(formParameters(t.active_version_id));
  const presets = useQuery(versionPresets(t.active_version_id));
  const last = useQuery(lastValues(t.id));
  const settled = last.data !== undefined || last.isError;
  const all = {
    data: parameters.data && presets.data && settled ? { parameters: parameters.data, presets: presets.data } : undefined,
    error: parameters.error ?? presets.error,
    refetch: parameters.refetch,
  };
  return (
    <div className="create-form">
      {version.data && parseTime(version.data.job.completed_at) === undefined && <p className="muted">{words.notReady}</p>}
      <Load query={all} skeleton={<Bones rows={6} height={72} />}>
        {(ready) => <CreateForm template={t} parameters={ready.parameters} presets={ready.presets} last={Object.fromEntries((last.data ?? []).map((v) => [v.name, v.value]))} />}
      </Load>
    </div>
  );
}
