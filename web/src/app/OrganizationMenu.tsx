import { chooseOrganization, useOrganizations } from "@/me/organization";
import { words } from "@/strings/app";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";

// Only where there is a choice.
export function OrganizationMenu() {
  const { all, chosen } = useOrganizations();
  if (all.length < 2) return null;
  const choices = [{ name: "", label: words.allOrganizations }, ...all.map((o) => ({ name: o.name, label: o.display_name || o.name }))];
  const now = chosen ? chosen.display_name || chosen.name : words.allOrganizations;
  return (
    <Menu position="bottom-start" width={230}>
      <Menu.Target>
        <button type="button" className="topbar-org" aria-label={words.organization(now)}>
          <span className="clip">{now}</span>
          <Icon name="down" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {choices.map((choice) => (
          <Menu.Item key={choice.name} role="menuitemradio" aria-checked={choice.name === (chosen?.name ?? "")} rightSection={choice.name === (chosen?.name ?? "") && <Icon name="check" />} onClick={() => chooseOrganization(choice.name)}>
            {choice.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
