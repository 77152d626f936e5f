import type { AssignableRoles, Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Place } from "@/organizations/place";
import { membersLike } from "@/organizations/queries";
import { roleName, roles as words } from "@/strings/roles";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";
import { toast, toastError } from "@/ui/toast";
import { useDeleteRole } from "./queries";

type MenuProps = { place: Place; organization: Organization; role: AssignableRoles; onGone: () => void };

export function RoleMenu({ place, organization: o, role, onGone }: MenuProps) {
  const [asking, setAsking] = useState(false);
  const name = roleName(role.name, role.display_name);
  const remove = useDeleteRole(o.id);
  const navigate = useNavigate();
  const holders = useQuery({ ...membersLike(o.id, `role:${role.name}`, 6), enabled: place.rights.readMembers }).data?.count ?? 0;
  // By the promise: the page has no menu when its role is gone, and then nobody calls what mutate() was given.
  const gone = () => {
    onGone();
    toast(words.deleted(name));
    void navigate({ to: "/organizations/$org/roles", params: { org: place.name } });
  };
  const failed = (error: unknown) => {
    toastError(error);
    setAsking(false);
  };
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <IconButton kind="plain" icon="dots" label={words.more(name)} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item data-tone="bad" leftSection={<Icon name="trash" />} onClick={() => setAsking(true)}>
            {words.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <Confirm open danger title={words.deleteTitle(name)} act={words.danger} busy={remove.isPending} type={{ label: words.typeName(role.name), value: role.name }} onClose={() => setAsking(false)} onYes={() => void remove.mutateAsync(role.name).then(gone, failed)}>
          <p>{words.deleteHint(holders)}</p>
        </Confirm>
      )}
    </>
  );
}
