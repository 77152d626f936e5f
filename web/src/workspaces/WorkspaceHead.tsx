import type { Workspace } from "@gen";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { acts, list, page as words } from "@/strings/workspaces";
import { Menu } from "@/ui/Menu";
import { Ago, copyText, Picture } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { DeleteDialog } from "./DeleteDialog";
import { useFavorite, useMay } from "./queries";
import { useWaiting } from "./restarts";
import { can, workspaceState } from "./state";
import { useActs } from "./useActs";
import type { useEnding } from "./useEnding";

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
  const why = w.latest_build.status === "failed" ? undefined : said.why; // why it failed stands in its card
  return (
    <div className="ws-line">
      <State tone={said.tone} word={said.word} />
      {why && <span>{why}</span>}
      {!mine && <span>{words.owner(w.owner_name)}</span>}
      <span>
        {words.from}{" "}
        <Link to="/templates/$org/$name" params={{ org: w.organization_name, name: w.template_name }}>
          {w.template_display_name || w.template_name}
        </Link>
        , {words.version(w.latest_build.template_version_name)}
      </span>
      {w.latest_build.status === "stopped" && w.next_start_at && (
        <span>
          {words.starts} <Ago at={w.next_start_at} />
        </span>
      )}
    </div>
  );
}

type ActsProps = { workspace: Workspace; ending: Pick<ReturnType<typeof useEnding>, "end" | "busy"> };

// An act stands once: what the card of a failure or a notice offers is not here.
export function WorkspaceActs({ workspace: w, ending }: ActsProps) {
  const { start, stop, cancel, busy } = useActs();
  const restarting = useWaiting().some((one) => one.id === w.id);
  const favorite = useFavorite();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const rights = useMay(w);
  const may = can(w);
  const failed = w.latest_build.status === "failed" ? w.latest_build.transition : undefined;
  return (
    <>
      {may.cancel && rights.update && (
        <Button icon="cross" onClick={() => cancel(w)}>
          {acts.cancel}
        </Button>
      )}
      {may.restart && rights.update && (
        <Button icon="restart" busy={ending.busy || restarting} onClick={() => ending.end(w, "restart")}>
          {acts.restart}
        </Button>
      )}
      {may.stop && rights.stop && failed !== "stop" && (
        <Button icon="stop" busy={busy || ending.busy} onClick={() => (may.restart ? ending.end(w, "stop") : stop(w))}>
          {acts.stop}
        </Button>
      )}
      {may.start && rights.start && failed === undefined && (
        <Button kind="main" icon="play" busy={busy} onClick={() => start(w)}>
          {acts.start}
        </Button>
      )}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <IconButton icon="dots" kind="plain" label={list.menu(w.name)} />
        </Menu.Target>
        <Menu.Dropdown>
          {may.start && rights.start && failed !== undefined && failed !== "start" && (
            <Menu.Item leftSection={<Icon name="play" />} onClick={() => start(w)}>
              {acts.start}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Icon name="gear" />} onClick={() => void navigate({ to: "/@{$user}/$workspace/settings", params: { user: w.owner_name, workspace: w.name } })}>
            {acts.settings}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="pin" />} onClick={() => favorite.mutate({ id: w.id, on: !w.favorite })}>
            {w.favorite ? acts.unfavorite : acts.favorite}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void copyText(w.id)}>
            {acts.copyId}
          </Menu.Item>
          {may.delete && rights.delete && (
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
