import { useNavigate } from "@tanstack/react-router";
import { chooseOrganization, useOrganizations } from "@/me/organization";
import { useRights } from "@/me/queries";
import { words } from "@/strings/app";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";

// Only where there is a choice, or one to be made.
export function OrganizationMenu() {
  const { all, chosen } = useOrganizations();
  const { createOrganization } = useRights();
  const navigate = useNavigate();
  if (all.length < 2 && !(createOrganization && all.length === 1)) return null;
  const one = all.length === 1 ? all[0] : undefined;
  const choices = [...(one ? [] : [{ name: "", label: words.allOrganizations }]), ...all.map((o) => ({ name: o.name, label: o.display_name || o.name }))];
  const now = chosen ?? one;
  const title = now ? now.display_name || now.name : words.allOrganizations;
  const is = (name: string) => name === (now?.name ?? "");
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <button type="button" className="topbar-org" aria-label={words.organization(title)}>
          <span className="clip">{title}</span>
          <Icon name="down" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {choices.map((choice) => (
          <Menu.Item key={choice.name} role="menuitemradio" aria-checked={is(choice.name)} rightSection={is(choice.name) && <Icon name="check" />} onClick={() => chooseOrganization(choice.name)}>
            {choice.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="building" />} onClick={() => void navigate({ to: "/organizations", search: {} })}>
          {words.organizationList}
        </Menu.Item>
        {createOrganization && (
          <Menu.Item leftSection={<Icon name="plus" />} onClick={() => void navigate({ to: "/organizations", search: { new: true } })}>
            {words.newOrganization}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
