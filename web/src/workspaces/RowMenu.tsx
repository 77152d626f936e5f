import type { Workspace } from "@gen";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { acts as words, list } from "@/strings/workspaces";
import { Menu } from "@/ui/Menu";
import { copyText } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { DeleteDialog } from "./DeleteDialog";
import { useFavorite } from "./queries";
import { can } from "./state";
import { useActs } from "./useActs";
import type { End } from "./useEnding";

// A table holds many rows: the menu itself is made when it is first opened.
export function RowMenu({ workspace, onEnd }: { workspace: Workspace; onEnd: End }) {
  const [asked, setAsked] = useState(false);
  if (asked) return <OpenMenu workspace={workspace} onEnd={onEnd} />;
  return <IconButton icon="dots" label={list.menu(workspace.name)} aria-haspopup="menu" aria-expanded={false} onClick={() => setAsked(true)} />;
}

function OpenMenu({ workspace: w, onEnd }: { workspace: Workspace; onEnd: End }) {
  const { start, stop, cancel } = useActs();
  const navigate = useNavigate();
  const favorite = useFavorite();
  const target = useRef<HTMLButtonElement>(null); // what was pressed first is gone by now, and gets no focus back
  const [deleting, setDeleting] = useState(false);
  const may = can(w);
  const params = { user: w.owner_name, workspace: w.name };
  return (
    <>
      <Menu defaultOpened position="bottom-end" width={200} onClose={() => target.current?.focus()}>
        <Menu.Target>
          <IconButton ref={target} icon="dots" label={list.menu(w.name)} />
        </Menu.Target>
        <Menu.Dropdown>
          {may.start && (
            <Menu.Item leftSection={<Icon name="play" />} onClick={() => start(w)}>
              {words.start}
            </Menu.Item>
          )}
          {w.outdated && may.start && (
            <Menu.Item leftSection={<Icon name="up" />} onClick={() => start(w, true)}>
              {words.updateAndStart}
            </Menu.Item>
          )}
          {may.stop && (
            <Menu.Item leftSection={<Icon name="stop" />} onClick={() => (may.restart ? onEnd(w, "stop") : stop(w))}>
              {words.stop}
            </Menu.Item>
          )}
          {may.restart && (
            <Menu.Item leftSection={<Icon name="restart" />} onClick={() => onEnd(w, "restart")}>
              {words.restart}
            </Menu.Item>
          )}
          {w.outdated && may.restart && (
            <Menu.Item leftSection={<Icon name="up" />} onClick={() => onEnd(w, "update")}>
              {words.update}
            </Menu.Item>
          )}
          {may.cancel && (
            <Menu.Item leftSection={<Icon name="cross" />} onClick={() => cancel(w)}>
              {words.cancel}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Icon name="gear" />} onClick={() => void navigate({ to: "/@{$user}/$workspace/settings", params })}>
            {words.settings}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void copyText(w.id)}>
            {words.copyId}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="pin" />} onClick={() => favorite.mutate({ id: w.id, on: !w.favorite })}>
            {w.favorite ? words.unfavorite : words.favorite}
          </Menu.Item>
          {may.delete && (
            <Menu.Item data-tone="bad" leftSection={<Icon name="trash" />} onClick={() => setDeleting(true)}>
              {words.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <DeleteDialog workspaces={[w]} open={deleting} onClose={() => setDeleting(false)} />
    </>
  );
}
