// The places one may go to: a rail beside the page, a bar below it on a phone. What has no room there is behind More.
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTyping } from "@/lib/keys";
import { type Rights, useRights } from "@/me/queries";
import { words } from "@/strings/app";
import { Icon, type IconName } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";

type Place = { to: "/workspaces" | "/templates" | "/prebuilds" | "/users" | "/activity" | "/deployment/notifications"; key: string; icon: IconName; label: string };

function placesOf(rights: Rights): Place[] {
  return [
    { to: "/workspaces", key: "w", icon: "workspaces", label: words.workspaces },
    { to: "/templates", key: "m", icon: "templates", label: words.templates },
    ...(rights.updateTemplate ? [{ to: "/prebuilds", key: "b", icon: "bolt", label: words.prebuilds } as const] : []),
    ...(rights.readUsers ? [{ to: "/users", key: "p", icon: "people", label: words.people } as const] : []),
    ...(rights.readAudit ? [{ to: "/activity", key: "a", icon: "clock", label: words.activity } as const] : []),
    ...(rights.updateDeployment ? [{ to: "/deployment/notifications", key: "d", icon: "gear", label: words.deployment } as const] : []),
  ];
}

// `g` and then the letter of a place leads there.
function usePlaceKeys(places: Place[], go: (place: Place) => void): void {
  useEffect(() => {
    let armed = 0;
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      if (event.key === "g") {
        armed = Date.now();
        return;
      }
      const place = Date.now() - armed < 900 ? places.find((p) => p.key === event.key) : undefined;
      armed = 0;
      if (place) go(place);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}

// A bar has room for four.
const kRoom = 4;

export function Rail() {
  const places = placesOf(useRights());
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = (place: Place) => path.startsWith(place.to) || (path.startsWith("/deployment") && place.to === "/deployment/notifications") || (path.startsWith("/@") && place.to === "/workspaces") || (path.startsWith("/groups") && place.to === "/users");
  const go = (place: Place) => void navigate({ to: place.to });
  usePlaceKeys(places, go);
  const behind = places.length > kRoom ? places.slice(kRoom - 1) : [];
  return (
    <nav className="rail" aria-label={words.main}>
      {places.map((place) => (
        <Link key={place.to} to={place.to} className="rail-link" data-behind={behind.includes(place) || undefined} data-here={here(place) || undefined} aria-keyshortcuts={`g ${place.key}`}>
          <Icon name={place.icon} size={18} />
          <span>{place.label}</span>
        </Link>
      ))}
      {behind.length > 0 && (
        <Menu position="top-end" width={220}>
          <Menu.Target>
            <button type="button" className="rail-link rail-more" data-here={behind.some(here) || undefined}>
              <Icon name="dots" size={18} />
              <span>{words.more}</span>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {behind.map((place) => (
              <Menu.Item key={place.to} leftSection={<Icon name={place.icon} />} onClick={() => go(place)}>
                {place.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </nav>
  );
}
