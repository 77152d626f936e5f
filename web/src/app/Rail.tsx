// The places one may go to: a rail beside the page, a bar below it on a phone. What has no room there is behind More.
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { Fragment, useEffect, useRef } from "react";
import { isElsewhere, places as prefix } from "@/lib/keys";
import { useOrganizations } from "@/me/organization";
import { type Rights, useRights } from "@/me/queries";
import { words } from "@/strings/app";
import { Icon, type IconName } from "@/ui/Icon";
import { Menu } from "@/ui/Menu";

type Place = { to: "/workspaces" | "/templates" | "/prebuilds" | "/users" | "/organizations" | "/activity" | "/deployment/overview"; key: string; icon: IconName; label: string; org?: string };

// `org`: the organization whose office one is led to; nothing where all of them are listed first.
function placesOf(rights: Rights, org: string | undefined): Place[] {
  const organization = rights.readMembers || rights.readGroups || rights.updateOrganization || rights.createOrganization;
  return [
    { to: "/workspaces", key: "w", icon: "workspaces", label: words.workspaces },
    { to: "/templates", key: "t", icon: "templates", label: words.templates },
    ...(rights.updateTemplate ? [{ to: "/prebuilds", key: "b", icon: "bolt", label: words.prebuilds } as const] : []),
    ...(rights.readUsers ? [{ to: "/users", key: "p", icon: "people", label: words.people } as const] : []),
    ...(organization ? [{ to: "/organizations", key: "o", icon: "building", label: words.organizationPlace, ...(org ? { org } : {}) } as const] : []),
    ...(rights.readAudit ? [{ to: "/activity", key: "a", icon: "clock", label: words.activity } as const] : []),
    ...(rights.updateDeployment ? [{ to: "/deployment/overview", key: "d", icon: "gear", label: words.deployment } as const] : []),
  ];
}

const addressOf = (place: Place) => (place.org ? ({ to: "/organizations/$org", params: { org: place.org } } as const) : ({ to: place.to, search: {} } as const));

// `g` and then the letter of a place leads there, also when the rail is drawn anew between the two.
function usePlaceKeys(places: Place[], go: (place: Place) => void): void {
  const now = useRef({ places, go });
  useEffect(() => {
    now.current = { places, go };
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isElsewhere(event) || event.repeat) return;
      const named = prefix.takes(event);
      if (!named && event.key === "g") return prefix.arm(event);
      const place = named ? now.current.places.find((p) => p.key === event.key) : undefined;
      if (place) now.current.go(place);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

// What is done every day; below a hairline is the office.
const kDaily: Place["to"][] = ["/workspaces", "/templates", "/prebuilds"];

// A bar has room for four.
const kRoom = 4;

export function Rail() {
  const { all, chosen } = useOrganizations();
  const places = placesOf(useRights(), chosen?.name ?? (all.length === 1 ? all[0]?.name : undefined));
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = (place: Place) => path.startsWith(place.to) || (path.startsWith("/deployment") && place.to === "/deployment/overview") || (path.startsWith("/@") && place.to === "/workspaces") || (path.startsWith("/rights") && place.to === "/users");
  const go = (place: Place) => void navigate(addressOf(place));
  usePlaceKeys(places, go);
  const office = places.find((place) => !kDaily.includes(place.to));
  const behind = places.length > kRoom ? places.slice(kRoom - 1) : [];
  return (
    <nav className="rail" aria-label={words.main}>
      {places.map((place) => (
        <Fragment key={place.to}>
          {place === office && <hr className="rail-line" />}
          <Link {...addressOf(place)} className="rail-link" data-behind={behind.includes(place) || undefined} data-here={here(place) || undefined} aria-keyshortcuts={`g ${place.key}`}>
            <Icon name={place.icon} size={18} />
            <span>{place.label}</span>
          </Link>
        </Fragment>
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
