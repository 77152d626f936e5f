import type { Organization, OrganizationMemberWithUserData } from "@gen";
import { useState } from "react";
import { members as words } from "@/strings/organizations";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";
import { toast, toastError } from "@/ui/toast";
import { MemberRoles } from "./MemberRoles";
import { organizationName } from "./place";
import { type OrganizationRights, useRemoveMember } from "./queries";

type MenuProps = { organization: Organization; member: OrganizationMemberWithUserData; rights: OrganizationRights };

export function MemberMenu({ organization: o, member: m, rights }: MenuProps) {
  const [asking, setAsking] = useState<"roles" | "remove">();
  const close = () => setAsking(undefined);
  const name = m.name || m.username;
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <IconButton icon="dots" label={words.acts(name)} />
        </Menu.Target>
        <Menu.Dropdown>
          {rights.changeMembers && (rights.giveRoles || rights.takeRoles) && (
            <Menu.Item leftSection={<Icon name="shield" />} onClick={() => setAsking("roles")}>
              {words.roles}
            </Menu.Item>
          )}
          {rights.removeMembers && (
            <>
              <Menu.Divider />
              <Menu.Item data-tone="bad" leftSection={<Icon name="cross" />} onClick={() => setAsking("remove")}>
                {words.remove}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {asking === "roles" && <MemberRoles organization={o} member={m} rights={rights} onClose={close} />}
      {asking === "remove" && <Remove organization={o} member={m} onClose={close} />}
    </>
  );
}

function Remove({ organization: o, member: m, onClose }: Pick<MenuProps, "organization" | "member"> & { onClose: () => void }) {
  const remove = useRemoveMember(o.id);
  const name = m.name || m.username;
  const yes = () => remove.mutate(m.user_id, { onSuccess: () => (toast(words.removed(name)), onClose()), onError: (error) => (toastError(error), onClose()) });
  return (
    <Confirm open danger title={words.removeTitle(name, organizationName(o))} act={words.removeDo} busy={remove.isPending} onClose={onClose} onYes={yes}>
      <p>{words.removeGoes}</p>
      <p className="muted">{words.removeStays}</p>
    </Confirm>
  );
}
