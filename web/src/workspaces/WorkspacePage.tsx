import type { Workspace } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { AgentCard } from "@/agents/AgentCard";
import { Doors } from "@/apps/Doors";
import { OpenNext } from "@/apps/OpenNext";
import { buildByNumber } from "@/builds/queries";
import { useMe } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { SharedWith } from "@/sharing/SharedWith";
import { page as words } from "@/strings/workspaces";
import { Bones, InPart, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { BuildParts } from "./BuildParts";
import { EndingQuestion } from "./EndingQuestion";
import { Notices } from "./Notices";
import { OpenSessions } from "./OpenSessions";
import { agentsOf, hasAgents } from "./state";
import { StopTime } from "./StopTime";
import { useEnding } from "./useEnding";
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
  const ending = useEnding();
  return (
    <Page title={w.name} heading={<WorkspaceTitle workspace={w} />} state={<WorkspaceLine workspace={w} mine={w.owner_name === me.username} />} acts={<WorkspaceActs workspace={w} ending={ending} />}>
      {open !== undefined && <OpenNext workspace={w} wanted={{ open, agent }} />}
      {ending.asked && <EndingQuestion asked={ending.asked} onYes={ending.yes} onLeave={ending.leave} />}
      <Notices workspace={w} old={old ? asked : undefined} onEnd={ending.end} />
      <div className="ws-columns">
        <div className="ws-main">
          <BuildParts key={build?.id ?? "none"} workspace={w} build={build} old={old}>
            {!old && hasAgents(latest) && <Agents workspace={w} />}
            {!old && latest.status === "stopped" && !w.dormant_at && (
              <div className="ws-rest">
                <h2>{words.stoppedTitle}</h2>
                <p className="muted">{words.stoppedHint}</p>
              </div>
            )}
          </BuildParts>
        </div>
        <aside className="ws-aside" aria-label={words.aside}>
          {!old && latest.status === "running" && <StopTime workspace={w} />}
          <SharedWith workspace={w} />
          {!old && latest.status === "running" && hasAgents(latest) && <OpenSessions workspace={w} />}
        </aside>
      </div>
    </Page>
  );
}

function Agents({ workspace: w }: { workspace: Workspace }) {
  const all = agentsOf(w.latest_build);
  const cards = all.map((agent) => <AgentCard key={agent.id} workspace={w} agent={agent} doors={<Doors workspace={w} agent={agent} />} alone={all.length === 1} />);
  if (all.length > 1) return <Section title={words.agents}>{cards}</Section>;
  return (
    <section aria-label={words.agents}>
      <InPart value={true}>{cards}</InPart>
    </section>
  );
}
