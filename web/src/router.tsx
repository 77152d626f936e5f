// Every page of the dashboard; each is its own chunk.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { Suspense } from "react";
import { Broken, BrokenAlone } from "./app/Broken";
import { Frame } from "./app/Frame";
import { Gate } from "./app/Gate";
import { chunk } from "./lib/chunk";
import { words } from "./strings/common";
import { Missing } from "./ui/Load";
import { Solo } from "./ui/Solo";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

// A page of a signed-in person that fills the window, without the frame.
function Alone() {
  return (
    <Gate>
      <Suspense>
        <Outlet />
      </Suspense>
    </Gate>
  );
}

function Nowhere() {
  return (
    <Solo title={words.notFoundTitle}>
      <Missing />
    </Solo>
  );
}

const root = createRootRoute({ component: Outlet, notFoundComponent: Nowhere, errorComponent: BrokenAlone });
const app = createRoute({ getParentRoute: () => root, id: "app", component: Frame });
const alone = createRoute({ getParentRoute: () => root, id: "alone", component: Alone });

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/workspaces", replace: true });
  },
});

const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: lazyRouteComponent(chunk(() => import("./setup/SetupPage")), "SetupPage") });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { redirect?: string } => (text(search.redirect) ? { redirect: text(search.redirect) as string } : {}),
  component: lazyRouteComponent(chunk(() => import("./login/LoginPage")), "LoginPage"),
});

const reset = createRoute({ getParentRoute: () => root, path: "/reset-password", component: lazyRouteComponent(chunk(() => import("./login/ResetPage")), "ResetPage") });

const newPassword = createRoute({
  getParentRoute: () => root,
  path: "/reset-password/change",
  validateSearch: (search: Record<string, unknown>): { otp?: string; email?: string } => ({
    ...(text(search.otp) ? { otp: text(search.otp) as string } : {}),
    ...(text(search.email) ? { email: text(search.email) as string } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./login/NewPasswordPage")), "NewPasswordPage"),
});

const device = createRoute({ getParentRoute: () => root, path: "/login/device", component: lazyRouteComponent(chunk(() => import("./login/DevicePage")), "DevicePage") });

const cliAuth = createRoute({ getParentRoute: () => alone, path: "/cli-auth", component: lazyRouteComponent(chunk(() => import("./login/CliAuthPage")), "CliAuthPage") });

// What mails and inboxes lead to has addresses that other dashboards know, too; ours stand behind them.
const toUsers = createRoute({
  getParentRoute: () => app,
  path: "/deployment/users",
  beforeLoad: ({ search }: { search: { filter?: unknown } }) => {
    throw redirect({ to: "/users", search: text(search.filter) ? { q: text(search.filter) as string } : {}, replace: true });
  },
});
const toBuild = createRoute({
  getParentRoute: () => app,
  path: "/@{$user}/$workspace/builds/$build",
  beforeLoad: ({ params: { user, workspace, build } }) => {
    throw redirect({ to: "/@{$user}/$workspace", params: { user, workspace }, search: /^[0-9]+$/.test(build) ? { build: Number(build) } : {}, replace: true });
  },
});
const toChoices = createRoute({
  getParentRoute: () => app,
  path: "/settings/notifications",
  beforeLoad: ({ search }: { search: { disabled?: unknown } }) => {
    throw redirect({ to: "/account", search: { tab: "notifications", ...(text(search.disabled) ? { stop: text(search.disabled) as string } : {}) }, replace: true });
  },
});

const notifications = createRoute({
  getParentRoute: () => app,
  path: "/deployment/notifications",
  validateSearch: (search: Record<string, unknown>): { tab?: string } => (text(search.tab) ? { tab: text(search.tab) as string } : {}),
  component: lazyRouteComponent(chunk(() => import("./inbox/DeploymentPage")), "DeploymentPage"),
});

const workspaces = createRoute({
  getParentRoute: () => app,
  path: "/workspaces",
  validateSearch: (search: Record<string, unknown>): { q?: string } => {
    const q = search.q ?? search.filter;
    return typeof q === "string" ? { q } : {};
  },
  component: lazyRouteComponent(chunk(() => import("./workspaces/WorkspacesPage")), "WorkspacesPage"),
});

const templates = createRoute({ getParentRoute: () => app, path: "/templates", component: lazyRouteComponent(chunk(() => import("./templates/TemplatesPage")), "TemplatesPage") });

const prebuilds = createRoute({ getParentRoute: () => app, path: "/prebuilds", component: lazyRouteComponent(chunk(() => import("./prebuilds/PrebuildsPage")), "PrebuildsPage") });

const template = createRoute({
  getParentRoute: () => app,
  path: "/templates/$org/$name",
  validateSearch: (search: Record<string, unknown>): { tab?: string } => (text(search.tab) ? { tab: text(search.tab) as string } : {}),
  component: lazyRouteComponent(chunk(() => import("./templates/TemplatePage")), "TemplatePage"),
});

const version = createRoute({
  getParentRoute: () => app,
  path: "/templates/$org/$name/versions/$version",
  component: lazyRouteComponent(chunk(() => import("./templates/VersionPage")), "VersionPage"),
});

const create = createRoute({
  getParentRoute: () => app,
  path: "/templates/$org/$name/workspace",
  component: lazyRouteComponent(chunk(() => import("./workspaces/CreatePage")), "CreatePage"),
});

const workspace = createRoute({
  getParentRoute: () => app,
  path: "/@{$user}/$workspace",
  validateSearch: (search: Record<string, unknown>): { build?: number; open?: string; agent?: string } => ({
    ...(Number.isInteger(search.build) ? { build: search.build as number } : {}),
    ...(typeof search.open === "string" || typeof search.open === "number" ? { open: String(search.open) } : {}),
    ...(typeof search.agent === "string" ? { agent: search.agent } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./workspaces/WorkspacePage")), "WorkspacePage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/@{$user}/$workspace/settings",
  component: lazyRouteComponent(chunk(() => import("./workspaces/SettingsPage")), "SettingsPage"),
});

const terminal = createRoute({
  getParentRoute: () => alone,
  path: "/@{$user}/$workspace/terminal",
  validateSearch: (search: Record<string, unknown>): { reconnect?: string; command?: string; app?: string } => ({
    ...(text(search.reconnect) ? { reconnect: text(search.reconnect) as string } : {}),
    ...(text(search.command) ? { command: text(search.command) as string } : {}),
    ...(text(search.app) ? { app: text(search.app) as string } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./terminal/TerminalPage")), "TerminalPage"),
});

const users = createRoute({
  getParentRoute: () => app,
  path: "/users",
  validateSearch: (search: Record<string, unknown>): { q?: string } => (typeof search.q === "string" ? { q: search.q } : {}),
  component: lazyRouteComponent(chunk(() => import("./users/UsersPage")), "UsersPage"),
});

const groups = createRoute({ getParentRoute: () => app, path: "/groups", component: lazyRouteComponent(chunk(() => import("./groups/GroupsPage")), "GroupsPage") });
const group = createRoute({ getParentRoute: () => app, path: "/groups/$org/$name", component: lazyRouteComponent(chunk(() => import("./groups/GroupPage")), "GroupPage") });

const activity = createRoute({
  getParentRoute: () => app,
  path: "/activity",
  validateSearch: (search: Record<string, unknown>): { q?: string } => (typeof search.q === "string" ? { q: search.q } : {}),
  component: lazyRouteComponent(chunk(() => import("./audit/AuditPage")), "AuditPage"),
});

const connections = createRoute({
  getParentRoute: () => app,
  path: "/activity/connections",
  validateSearch: (search: Record<string, unknown>): { q?: string } => (typeof search.q === "string" ? { q: search.q } : {}),
  component: lazyRouteComponent(chunk(() => import("./connections/ConnectionsPage")), "ConnectionsPage"),
});

const proxies = createRoute({ getParentRoute: () => app, path: "/deployment/proxies", component: lazyRouteComponent(chunk(() => import("./proxies/ProxiesPage")), "ProxiesPage") });

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  validateSearch: (search: Record<string, unknown>): { tab?: string; stop?: string } => ({
    ...(text(search.tab) ? { tab: text(search.tab) as string } : {}),
    ...(text(search.stop) ? { stop: text(search.stop) as string } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./account/AccountPage")), "AccountPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    login,
    reset,
    newPassword,
    device,
    alone.addChildren([cliAuth, terminal]),
    app.addChildren([home, workspaces, templates, prebuilds, template, version, create, workspace, settings, users, groups, group, activity, connections, account, notifications, proxies, toUsers, toBuild, toChoices]),
  ]),
  defaultPreload: "intent",
  defaultNotFoundComponent: Nowhere,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
