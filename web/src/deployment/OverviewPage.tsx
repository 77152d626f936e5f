// What this deployment is, what it carries now, and every setting with where it came from.
import type { DeploymentStats } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { buildInfo, useRights } from "@/me/queries";
import { plural } from "@/strings/common";
import { words } from "@/strings/deployment";
import { CopyButton } from "@/ui/bits";
import { Bones, Denied, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { DeploymentTabs } from "./DeploymentTabs";
import { needsOf } from "./needs";
import { configQuery, factsQuery, statsQuery } from "./queries";
import { Settings } from "./Settings";
import "./deployment.css";

export function OverviewPage() {
  const rights = useRights();
  const info = useQuery(buildInfo).data;
  const settings = useQuery({ ...configQuery, enabled: rights.updateDeployment });
  if (!rights.updateDeployment) return <Denied />;
  return (
    <Page title={words.overviewTitle} state={info ? words.lead(info.version) : ""}>
      <DeploymentTabs />
      <Section title={words.now}>
        <Now />
      </Section>
      <Section title={words.hand}>
        <Needs />
      </Section>
      <Section title={words.settings}>
        <p className="muted small">{words.settingsHint}</p>
        <Load query={settings} skeleton={<Bones rows={12} height={64} />}>
          {(options) => <Settings options={options} />}
        </Load>
      </Section>
    </Page>
  );
}

function Now() {
  const stats = useQuery(statsQuery);
  const info = useQuery(buildInfo).data;
  return (
    <dl className="facts deployment-facts">
      <dt>{words.workspaces}</dt>
      <dd>{stats.data ? workspacesIn(stats.data) : stats.error ? words.unknown : "…"}</dd>
      <dt>{words.connected}</dt>
      <dd>{stats.data ? sessionsIn(stats.data) : stats.error ? words.unknown : "…"}</dd>
      <dt>{words.address}</dt>
      <dd>{info?.dashboard_url ?? "…"}</dd>
      <dt>{words.protocols}</dt>
      <dd>{info ? `${words.agents(info.agent_api_version)}, ${words.provisioners(info.provisioner_api_version)}` : "…"}</dd>
      {info && info.deployment_id !== "" && (
        <>
          <dt>{words.id}</dt>
          <dd className="row">
            <code>{info.deployment_id}</code>
            <CopyButton text={info.deployment_id} label={words.copyId} />
          </dd>
        </>
      )}
    </dl>
  );
}

function Needs() {
  return (
    <Load query={useQuery(factsQuery)} skeleton={<Bones rows={1} />}>
      {(facts) => {
        const needs = needsOf(facts);
        if (needs.length === 0) return <State tone="good" word={words.handNone} />;
        return (
          <ul className="items">
            {needs.map((need) => (
              <li key={need.text}>
                <Link to={need.to} search={need.search}>
                  <State tone={need.tone} word={need.text} moving={false} />
                </Link>
              </li>
            ))}
          </ul>
        );
      }}
    </Load>
  );
}

function counted(counts: Record<string, number>, names: Record<string, string>): string {
  return Object.entries(names)
    .filter(([key]) => (counts[key] ?? 0) > 0)
    .map(([key, name]) => `${(counts[key] ?? 0).toLocaleString("en")} ${name}`)
    .join(", ");
}

function workspacesIn({ workspaces: w }: DeploymentStats): string {
  const counts = { running: w.running, building: w.building, pending: w.pending, failed: w.failed, stopped: w.stopped };
  return counted(counts, words.states) || words.noWorkspaces;
}

function sessionsIn({ session_count: s }: DeploymentStats): string {
  const counts: Record<string, number> = { ...s };
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return all === 0 ? words.nobody : `${plural(all, "session")}: ${counted(counts, words.sessions)}`;
}
