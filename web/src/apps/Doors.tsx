// What one opens of an agent: its apps, and its ports.
import type { Workspace, WorkspaceAgent } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { visibleApps } from "@/agents/AppButton";
import { useMe } from "@/me/queries";
import { useRegions } from "@/me/regions";
import { templateById } from "@/templates/queries";
import { AppList } from "./AppList";
import { Ports } from "./Ports";
import { appSharing, mayUpdate } from "./queries";
import "./apps.css";

export function Doors({ workspace: w, agent }: { workspace: Workspace; agent: WorkspaceAgent }) {
  const me = useMe();
  const { entrance } = useRegions();
  const update = useQuery(mayUpdate(w.id)).data ?? false;
  const sharing = useQuery(appSharing(w.id)).data;
  const most = useQuery(templateById(w.template_id)).data?.max_port_share_level;
  const hosted = entrance.host.startsWith("*");
  const owner = w.owner_name === me.username ? "" : w.owner_name;
  const about = { workspace: w, agent, sharing, hosted, owner, mayName: hosted && (sharing?.allowed ?? false) };
  return (
    <>
      <AppList {...about} apps={visibleApps(agent)} />
      {w.latest_build.status === "running" && <Ports {...about} entrance={entrance} most={most} mayShare={hosted && update && most !== undefined && most !== "owner"} />}
    </>
  );
}
