import type { WorkspaceProxy } from "@gen";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { words as common } from "@/strings/common";
import { words } from "@/strings/proxies";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";
import { toast, toastError } from "@/ui/toast";
import { ProxyDialog, Token } from "./ProxyDialog";
import { useChangeProxy, useDeleteProxy } from "./queries";
import { proxyName } from "./state";

export function ProxyMenu({ proxy: p }: { proxy: WorkspaceProxy }) {
  const [asking, setAsking] = useState<"edit" | "renew" | "delete">();
  const close = () => setAsking(undefined);
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <IconButton icon="dots" label={words.more(proxyName(p))} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="pencil" />} onClick={() => setAsking("edit")}>
            {words.edit}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="key" />} onClick={() => setAsking("renew")}>
            {words.renew}
          </Menu.Item>
          <Menu.Item data-tone="bad" leftSection={<Icon name="trash" />} onClick={() => setAsking("delete")}>
            {words.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === "edit" && <ProxyDialog proxy={p} onClose={close} />}
      {asking === "renew" && <Renew proxy={p} onClose={close} />}
      {asking === "delete" && <Delete proxy={p} onClose={close} />}
    </>
  );
}

function Renew({ proxy: p, onClose }: { proxy: WorkspaceProxy; onClose: () => void }) {
  const change = useChangeProxy();
  const ask = { id: p.id, name: p.name, display_name: p.display_name, icon: p.icon_url, regenerate_token: true };
  if (change.data)
    return (
      <Modal opened onClose={onClose} closeOnClickOutside={false} closeOnEscape={false} title={words.renewedTitle(proxyName(p))} centered size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
        <Token token={change.data.proxy_token} onClose={onClose} />
      </Modal>
    );
  return (
    <Confirm open danger busy={change.isPending} title={words.renewTitle(proxyName(p))} act={words.renewDo} type={{ label: words.typeName(p.name), value: p.name }} onClose={onClose} onYes={() => change.mutate(ask, { onError: (error) => (onClose(), toastError(error)) })}>
      <p>{words.renewHint}</p>
    </Confirm>
  );
}

function Delete({ proxy: p, onClose }: { proxy: WorkspaceProxy; onClose: () => void }) {
  const remove = useDeleteProxy();
  const gone = () => {
    toast(words.deleted(proxyName(p)));
    onClose();
  };
  const failed = (error: unknown) => {
    onClose();
    toastError(error);
  };
  return (
    <Confirm open danger busy={remove.isPending} title={words.deleteTitle(proxyName(p))} act={words.delete} type={{ label: words.typeName(p.name), value: p.name }} onClose={onClose} onYes={() => void remove.mutateAsync(p.id).then(gone, failed)}>
      <p>{words.deleteHint}</p>
    </Confirm>
  );
}
