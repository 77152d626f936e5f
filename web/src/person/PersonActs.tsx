import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { mayExplain, useRights } from "@/me/queries";
import { words } from "@/strings/person";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";
import { EditPerson } from "./EditPerson";
import type { About } from "./PersonPage";
import { ResetPassword } from "./ResetPassword";

export function PersonActs({ user: u, over, mine }: About) {
  const [asking, setAsking] = useState<"edit" | "reset">();
  const explain = mayExplain(useRights());
  const navigate = useNavigate();
  const close = () => setAsking(undefined);
  const reset = over.personal && !mine && u.login_type === "password";
  return (
    <>
      {mine && (
        <LinkButton icon="account" to="/account">
          {words.account}
        </LinkButton>
      )}
      {over.personal && !mine && (
        <Button icon="pencil" onClick={() => setAsking("edit")}>
          {words.edit}
        </Button>
      )}
      {(reset || explain) && (
        <Menu position="bottom-end" width={220}>
          <Menu.Target>
            <IconButton icon="dots" kind="plain" label={words.more} />
          </Menu.Target>
          <Menu.Dropdown>
            {explain && (
              <Menu.Item leftSection={<Icon name="shield" />} onClick={() => void navigate({ to: "/rights", search: { user: u.username } })}>
                {words.why}
              </Menu.Item>
            )}
            {reset && (
              <Menu.Item leftSection={<Icon name="key" />} onClick={() => setAsking("reset")}>
                {words.reset}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {asking === "edit" && <EditPerson user={u} onClose={close} />}
      {asking === "reset" && <ResetPassword user={u} onClose={close} />}
    </>
  );
}
