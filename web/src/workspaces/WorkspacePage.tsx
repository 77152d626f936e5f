import type { Workspace } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { AgentCard } from "@/agents/AgentCard";
import { Doors } from "@/apps/Doors";
import { OpenNext } from "@/apps/OpenNext";
import { buildByNumber, buildLogPath, useJobLog } from "@/builds/queries";
import { LogView } from "@/builds/LogView";
import { Timeline } from "@/builds/Timeline";
import { useMe } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { page as words } from "@/strings/workspaces";
import { words as buildWords } from "@/strings/builds";
import { Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { Icon } from "@/ui/Icon";
import { LinkButton } from "@/ui/Button";
import { FailureCard } from "./FailureCard";
import { BuildPicker } from "./BuildPicker";
import { OpenSessions } from "./OpenSessions";
import { Resources } from "./Resources";
import { agentsOf, isMoving } from "./state";
import { useWorkspace } from "./queries";
import { WorkspaceActs, WorkspaceLine, WorkspaceTitle } from "./WorkspaceHead";
import "./workspace.css";

export function WorkspacePage() {
  const { user, workspace: name } = useParams({ from: "/app/@{$user}/$workspace" });
  const workspace = useWorkspace(user, name);
  useRegions(); // asked for beside the workspace, so that its apps are drawn once
  return (
    <Load query={workspace} skeleton={<div className="page"><Bones rows={2} height={56} /><Bones rows={6} height={64} /></div>}>
      {(w) => <Shown workspace={w} />}
    </Load>
  );
}

function Shown({ workspace: w }: { workspace: Workspace }) {
  const me = useMe();
  const { build: asked, open, agent } = useSearch({ from: "/app/@{$user}/$workspace" });
  const latest = w.latest_build;
  const old = asked !== undefined && asked !== latest.build_number;
  const other = useQuery({ ...buildByNumber(w.owner_name, w.name, asked ?? 0), enabled: old });
  const build = old ? other.data : latest;
  const agents = agentsOf(latest);
  return (
    <Page title={w.name} heading={<WorkspaceTitle workspace={w} />} state={<WorkspaceLine workspace={w} mine={w.owner_name === me.username} />} acts={<WorkspaceActs workspace={w} />}>
      {open !== undefined && <OpenNext workspace={w} wanted={{ open, agent }} />}
      {w.outdated && !old && <Outdated workspace={w} />}
      {old && (
        <div className="notice">
          <Icon name="clock" />
          <div className="row wrap">
            <span>{words.older(asked)}</span>
            <LinkButton size="small" to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }}>
              {words.toLatest}
            </LinkButton>
          </div>
        </div>
      )}
      <BuildParts key={build?.id ?? "none"} workspace={w} build={build} old={old}>
        {!old && agents.length > 0 && (
          <Section title={words.agents}>
            {agents.map((agent) => (
              <AgentCard key={agent.id} workspace={w} agent={agent} doors={<Doors workspace={w} agent={agent} />} />
            ))}
          </Section>
        )}
        {!old && latest.status === "running" && agents.length > 0 && <OpenSessions workspace={w} />}
        {!old && latest.status === "stopped" && (
          <div className="ws-rest">
            <h2>{words.stoppedTitle}</h2>
            <p className="muted">{words.stoppedHint}</p>
          </div>
        )}
      </BuildParts>
    </Page>
  );
}

function Outdated({ workspace: w }: { workspace: Workspace }) {
  return (
    <div className="notice">
      <Icon name="up" />
      <div>
        <p>{words.outdated}</p>
        <p className="muted small">{words.outdatedHint(w.latest_build.template_version_name)}</p>
      </div>
    </div>
  );
}

type PartsProps = { workspace: Workspace; build: Workspace["latest_build"] | undefined; old: boolean; children: ReactNode };

// Everything drawn from one build: the failure first, then what the caller puts between, then timeline, log and resources.
function BuildParts({ workspace, build, old, children }: PartsProps) {
  const [focus, setFocus] = useState<number>();
  const live = build !== undefined && !["succeeded", "failed", "canceled"].includes(build.job.status);
  const log = useJobLog(build ? buildLogPath(build.id) : "", live);
  if (!build) return <Bones rows={5} />;
  return (
    <>
      {build.status === "failed" && <FailureCard workspace={workspace} build={build} lines={log.lines} latest={!old} onShow={setFocus} />}
      {children}
      <Section title={words.buildOf(build.build_number, words.transitions[build.transition] ?? "")} acts={<BuildPicker workspace={workspace} shown={build.build_number} />}>
        <Timeline buildId={build.id} live={live || (!old && isMoving(workspace))} startedAt={build.job.started_at} />
        {build.job.logs_overflowed && <p className="muted small">{buildWords.overflow}</p>}
        <LogView lines={log.lines} link={log.link} error={log.error} name={`${build.workspace_name}-${build.build_number}`} focus={focus} />
      </Section>
      <Resources resources={build.resources} />
    </>
  );
}
