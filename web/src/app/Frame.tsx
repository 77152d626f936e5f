import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { appearanceQuery } from "@/me/appearance";
import { Banners } from "@/deployment/Banners";
import { linksOf } from "@/deployment/links";
import { Logo } from "@/ui/Logo";
import { Bell } from "@/inbox/Bell";
import { buildInfo, useLogout, useMe } from "@/me/queries";
import { words as common } from "@/strings/common";
import { words } from "@/strings/app";
import { Menu } from "@/ui/Menu";
import { Avatar } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { LeaveGuard } from "@/ui/Unsaved";
import { Gate } from "./Gate";
import { Keys } from "./Keys";
import { OrganizationMenu } from "./OrganizationMenu";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import { RegionMenu } from "./RegionMenu";
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
    <div className="frame-whole">
      <a className="skip" href="#content">
        {common.skip}
      </a>
      <Banners />
      <div className="frame">
        <TopBar onFind={() => setPalette(true)} />
        <Rail />
        <main id="content" className="frame-main" tabIndex={-1}>
          <ServerLine />
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <LeaveGuard />
      <Keys />
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
  const appearance = useQuery(appearanceQuery).data;
  const name = appearance?.application_name || common.product;
  const logo = appearance?.logo_url ?? "";
  return (
    <header className="topbar">
      <Link to="/workspaces" className="topbar-mark" aria-label={name}>
        <Logo url={logo} />
        {(logo === "" || name !== common.product) && <span className="clip">{name}</span>}
      </Link>
      <OrganizationMenu />
      <button type="button" className="topbar-find" onClick={onFind} aria-keyshortcuts="Control+K">
        <Icon name="search" />
        <span className="clip">{words.find}…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <BarLinks />
      <Bell />
      <Person />
    </header>
  );
}

function useLinks() {
  return linksOf(useQuery(appearanceQuery).data, useQuery(buildInfo).data?.version ?? "");
}

// Where there is room; the menu has them as well.
function BarLinks() {
  const links = useLinks().filter((link) => link.inBar);
  if (links.length === 0) return null;
  return (
    <span className="topbar-links">
      {links.map((link) => (
        <a key={link.name} href={link.href} target="_blank" rel="noopener noreferrer">
          {link.name}
        </a>
      ))}
    </span>
  );
}

function Person() {
  const me = useMe();
  const logout = useLogout();
  const navigate = useNavigate();
  const info = useQuery(buildInfo);
  const links = useLinks();
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
        <RegionMenu />
        {links.length > 0 && <Menu.Divider />}
        {links.map((link) => (
          <Menu.Item key={link.name} component="a" href={link.href} target="_blank" rel="noopener noreferrer" leftSection={<Icon name={link.icon} />}>
            {link.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
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
