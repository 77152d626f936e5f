import type { Workspace } from "@gen";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { parseTime } from "@/lib/time";
import { acts, list, page as words } from "@/strings/workspaces";
import { Menu } from "@/ui/Menu";
import { Ago, copyText, Picture } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { DeleteDialog } from "./DeleteDialog";
import { useFavorite } from "./queries";
import { can, workspaceState } from "./state";
import { useActs } from "./useActs";
import { useRestart } from "./useRestart";

export function WorkspaceTitle({ workspace: w }: { workspace: Workspace }) {
  return (
    <>
      <Picture url={w.template_icon} name={w.template_display_name || w.template_name} size={26} />
      {w.name}
    </>
  );
}

export function WorkspaceLine({ workspace: w, mine }: { workspace: Workspace; mine: boolean }) {
  const said = workspaceState(w);
  const deadline = w.latest_build.status === "running" && parseTime(w.latest_build.deadline) !== undefined;
  return (
    <div className="ws-line">
      <State {...said} />
      {!mine && <span>{words.owner(w.owner_name)}</span>}
      <span>
        {words.from}{" "}
        <Link to="/templates/$org/$name" params={{ org: w.organization_name, name: w.template_name }}>
          {w.template_display_name || w.template_name}
        </Link>
        , {words.version(w.latest_build.template_version_name)}
      </span>
      {deadline && (
        <span>
          {words.stops} <Ago at={w.latest_build.deadline} />
        </span>
      )}
      {w.latest_build.status === "stopped" && w.next_start_at && (
        <span>
          {words.starts} <Ago at={w.next_start_at} />
        </span>
      )}
    </div>
  );
}

export function WorkspaceActs({ workspace: w }: { workspace: Workspace }) {
  const { start, stop, cancel, busy } = useActs();
  const restart = useRestart(w);
  const favorite = useFavorite();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const may = can(w);
  return (
    <>
      {may.cancel && (
        <Button icon="cross" onClick={() => cancel(w)}>
          {acts.cancel}
        </Button>
      )}
      {may.stop && (
        <Button icon="stop" busy={busy} onClick={() => stop(w)}>
          {acts.stop}
        </Button>
      )}
      {w.outdated && may.restart && (
        <Button icon="up" busy={restart.busy} onClick={() => void restart.run({ template_version_id: w.template_active_version_id })}>
          {acts.update}
        </Button>
      )}
      {w.outdated && may.start && (
        <Button icon="up" busy={busy} onClick={() => start(w, true)}>
          {acts.updateAndStart}
        </Button>
      )}
      {may.start && (
        <Button kind="main" icon="play" busy={busy} onClick={() => start(w)}>
          {acts.start}
        </Button>
      )}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <IconButton icon="dots" kind="plain" label={list.menu(w.name)} />
        </Menu.Target>
        <Menu.Dropdown>
          {may.restart && (
            <Menu.Item leftSection={<Icon name="restart" />} onClick={() => void restart.run({})}>
              {acts.restart}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Icon name="gear" />} onClick={() => void navigate({ to: "/@{$user}/$workspace/settings", params: { user: w.owner_name, workspace: w.name } })}>
            {acts.settings}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="bolt" />} onClick={() => favorite.mutate({ id: w.id, on: !w.favorite })}>
            {w.favorite ? acts.unfavorite : acts.favorite}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void copyText(w.id)}>
            {acts.copyId}
          </Menu.Item>
          {may.delete && (
            <Menu.Item data-tone="bad" leftSection={<Icon name="trash" />} onClick={() => setDeleting(true)}>
              {acts.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <DeleteDialog workspaces={[w]} open={deleting} onClose={() => setDeleting(false)} onDone={() => void navigate({ to: "/workspaces" })} />
    </>
  );
}
