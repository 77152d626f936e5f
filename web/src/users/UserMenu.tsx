import type { User } from "@gen";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { words } from "@/strings/users";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";
import { toast, toastError } from "@/ui/toast";
import { useDeleteUser, useSetStatus } from "./queries";
import { RolesDialog } from "./RolesDialog";

export function UserMenu({ user: u }: { user: User }) {
  const [asking, setAsking] = useState<"suspend" | "delete" | "roles">();
  const status = useSetStatus();
  const remove = useDeleteUser();
  const navigate = useNavigate();
  const close = () => setAsking(undefined);
  const setActive = (active: boolean) =>
    status.mutate({ id: u.id, active }, { onSuccess: () => (close(), toast(active ? words.activated(u.username) : words.suspended(u.username))), onError: (error) => (close(), toastError(error)) });
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <IconButton icon="dots" label={words.more(u.username)} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="workspaces" />} onClick={() => void navigate({ to: "/workspaces", search: { q: `owner:${u.username}` } })}>
            {words.show}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="shield" />} onClick={() => setAsking("roles")}>
            {words.roles}
          </Menu.Item>
          {u.status === "suspended" ? (
            <Menu.Item leftSection={<Icon name="play" />} onClick={() => setActive(true)}>
              {words.activate}
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<Icon name="lock" />} onClick={() => setAsking("suspend")}>
              {words.suspend}
            </Menu.Item>
          )}
          <Menu.Item data-tone="bad" leftSection={<Icon name="trash" />} onClick={() => setAsking("delete")}>
            {words.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === "suspend" && (<Confirm open title={words.suspendTitle(u.username)} act={words.suspend} danger busy={status.isPending} onClose={close} onYes={() => setActive(false)}>
        <p>{words.suspendHint}</p>
      </Confirm>
      )}
      {asking === "delete" && (
      <Confirm
        open
        title={words.deleteTitle(u.username)}
        act={words.delete}
        danger
        busy={remove.isPending}
        type={{ label: words.typeName(u.username), value: u.username }}
        onClose={close}
        onYes={() => remove.mutate(u.id, { onSuccess: close, onError: (error) => (close(), toastError(error)) })}
      >
        <p>{words.deleteHint}</p>
      </Confirm>
      )}
      {asking === "roles" && <RolesDialog user={u} onClose={close} />}
    </>
  );
}
