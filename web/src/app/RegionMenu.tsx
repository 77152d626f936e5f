// Part of the person's menu: where apps are opened from, once there is more than one place.
import { chooseRegion, useRegions } from "@/me/regions";
import { words } from "@/strings/app";
import { Icon } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";

export function RegionMenu() {
  const { all, kept, chosen, latencies } = useRegions();
  if (all.length < 2) return null;
  const item = (name: string, label: string, on: boolean) => (
    <Menu.Item key={name} aria-current={on || undefined} leftSection={on ? <Icon name="check" /> : <span style={{ width: 16 }} />} onClick={() => chooseRegion(name)}>
      {label}
    </Menu.Item>
  );
  const known = all.some((one) => one.name === kept);
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{words.regions}</Menu.Label>
      {item("", known || !chosen ? words.soonest : `${words.soonest} (${chosen.display_name || chosen.name})`, !known)}
      {all.filter((one) => one.healthy).map((one) => item(one.name, words.region(one.display_name || one.name, latencies[one.name]), one.name === kept))}
    </>
  );
}
