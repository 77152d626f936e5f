import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { isTyping } from "@/lib/keys";
import { words as common } from "@/strings/common";
import { words } from "@/strings/app";
import { Menu } from "@/ui/Menu";
import { Avatar } from "@/ui/bits";
import { Icon, type IconName, Mark } from "@/ui/Icon";
import { Gate } from "./Gate";
import { OrganizationMenu } from "./OrganizationMenu";
import { Palette } from "./Palette";
import { buildInfo, useLogout, useMe, useRights } from "./queries";
import { ServerLine } from "./ServerLine";
import "./frame.css";

export function Frame() {
  return (
    <Gate>
      <Shell />
    </Gate>
  );
}

function Shell() {
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  useFocusOnTurn();
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {common.skip}
      </a>
      <TopBar onFind={() => setPalette(true)} />
      <Rail />
      <main id="content" className="frame-main" tabIndex={-1}>
        <ServerLine />
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
      {palette && <Palette onClose={() => setPalette(false)} />}
    </div>
  );
}

// After going to another page the focus is at its content, so that the next Tab goes on there.
function useFocusOnTurn(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && before.current !== path) document.getElementById("content")?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
}

function TopBar({ onFind }: { onFind: () => void }) {
  return (
    <header className="topbar">
      <Link to="/workspaces" className="topbar-mark" aria-label={common.product}>
        <Mark />
        <span>{common.product}</span>
      </Link>
      <OrganizationMenu />
      <button type="button" className="topbar-find" onClick={onFind} aria-keyshortcuts="Control+K">
        <Icon name="search" />
        <span className="clip">{words.find}…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Person />
    </header>
  );
}

function Person() {
  const me = useMe();
  const logout = useLogout();
  const navigate = useNavigate();
  const info = useQuery(buildInfo);
  return (
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <button type="button" className="topbar-person" aria-label={words.person(me.username)}>
          <Avatar name={me.name || me.username} url={me.avatar_url} size={28} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name || me.username}
          <br />
          {me.email}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="account" />} onClick={() => void navigate({ to: "/account" })}>
          {words.account}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="exit" />} onClick={() => logout.mutate()}>
          {words.signOut}
        </Menu.Item>
        {info.data && (
          <>
            <Menu.Divider />
            <Menu.Label>{words.version(info.data.version)}</Menu.Label>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Rail() {
  const rights = useRights();
  const navigate = useNavigate();
  const inWorkspace = useRouterState({ select: (state) => state.location.pathname.startsWith("/@") });
  const inGroups = useRouterState({ select: (state) => state.location.pathname.startsWith("/groups") });
  const places: { to: "/workspaces" | "/templates" | "/users" | "/activity"; key: string; icon: IconName; label: string }[] = [
    { to: "/workspaces", key: "w", icon: "workspaces", label: words.workspaces },
    { to: "/templates", key: "m", icon: "templates", label: words.templates },
    ...(rights.readUsers ? [{ to: "/users", key: "p", icon: "people", label: words.people } as const] : []),
    ...(rights.readAudit ? [{ to: "/activity", key: "a", icon: "clock", label: words.activity } as const] : []),
  ];
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
      if (place) void navigate({ to: place.to });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
  return (
    <nav className="rail" aria-label={words.main}>
      {places.map((place) => (
        <Link key={place.to} to={place.to} className="rail-link" data-here={(inWorkspace && place.to === "/workspaces") || (inGroups && place.to === "/users") || undefined} activeProps={{ "data-here": true }} aria-keyshortcuts={`g ${place.key}`}>
          <Icon name={place.icon} size={18} />
          <span>{place.label}</span>
        </Link>
      ))}
    </nav>
  );
}
