// Every page of the dashboard; each is its own chunk, but the one that opens first: it comes with the frame, without a wait of its own.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { Suspense } from "react";
import { Broken, BrokenAlone } from "./app/Broken";
import { Frame } from "./app/Frame";
import { Gate } from "./app/Gate";
import { chunk } from "./lib/chunk";
import { words } from "./strings/common";
import { Missing } from "./ui/Load";
import { Solo } from "./ui/Solo";
import { askAhead } from "./workspaces/ahead";
import { WorkspacesPage } from "./workspaces/WorkspacesPage";

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

const toDeployment = createRoute({
  getParentRoute: () => app,
  path: "/deployment",
  beforeLoad: () => {
    throw redirect({ to: "/deployment/overview", replace: true });
  },
});
const overview = createRoute({ getParentRoute: () => app, path: "/deployment/overview", component: lazyRouteComponent(chunk(() => import("./deployment/OverviewPage")), "OverviewPage") });
const appearance = createRoute({ getParentRoute: () => app, path: "/deployment/appearance", component: lazyRouteComponent(chunk(() => import("./deployment/AppearancePage")), "AppearancePage") });

const notifications = createRoute({
  getParentRoute: () => app,
  path: "/deployment/notifications",
  validateSearch: (search: Record<string, unknown>): { tab?: string } => (text(search.tab) ? { tab: text(search.tab) as string } : {}),
  component: lazyRouteComponent(chunk(() => import("./inbox/DeploymentPage")), "DeploymentPage"),
});

const inbox = createRoute({
  getParentRoute: () => app,
  path: "/inbox",
  validateSearch: (search: Record<string, unknown>): { tab?: string; show?: "new" } => ({
    ...(text(search.tab) ? { tab: text(search.tab) as string } : {}),
    ...(search.show === "new" ? { show: "new" } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./inbox/InboxPage")), "InboxPage"),
});

const workspaces = createRoute({
  getParentRoute: () => app,
  path: "/workspaces",
  validateSearch: (search: Record<string, unknown>): { q?: string; sort?: string } => {
    const q = search.q ?? search.filter;
    return { ...(typeof q === "string" ? { q } : {}), ...(text(search.sort) ? { sort: text(search.sort) as string } : {}) };
  },
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => askAhead(deps.q),
  component: WorkspacesPage,
});

const templates = createRoute({ getParentRoute: () => app, path: "/templates", component: lazyRouteComponent(chunk(() => import("./templates/TemplatesPage")), "TemplatesPage") });

const upload = createRoute({ getParentRoute: () => app, path: "/templates/upload", component: lazyRouteComponent(chunk(() => import("./templates/UploadPage")), "UploadPage") });

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
  validateSearch: (search: Record<string, unknown>): { since?: string } => (text(search.since) ? { since: text(search.since) as string } : {}),
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
  validateSearch: (search: Record<string, unknown>): { reconnect?: string; tab?: number; command?: string; app?: string } => ({
    ...(Number.isInteger(search.tab) ? { tab: search.tab as number } : {}),
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

const organizations = createRoute({
  getParentRoute: () => app,
  path: "/organizations",
  validateSearch: (search: Record<string, unknown>): { new?: boolean } => (search.new === true ? { new: true } : {}),
  component: lazyRouteComponent(chunk(() => import("./organizations/OrganizationsPage")), "OrganizationsPage"),
});
const organization = createRoute({ getParentRoute: () => app, path: "/organizations/$org", component: lazyRouteComponent(chunk(() => import("./organizations/IndexPage")), "IndexPage") });
const organizationMembers = createRoute({
  getParentRoute: () => app,
  path: "/organizations/$org/members",
  validateSearch: (search: Record<string, unknown>): { q?: string } => (typeof search.q === "string" ? { q: search.q } : {}),
  component: lazyRouteComponent(chunk(() => import("./organizations/MembersPage")), "MembersPage"),
});
const organizationSettings = createRoute({ getParentRoute: () => app, path: "/organizations/$org/settings", component: lazyRouteComponent(chunk(() => import("./organizations/SettingsPage")), "SettingsPage") });
const organizationRoles = createRoute({ getParentRoute: () => app, path: "/organizations/$org/roles", component: lazyRouteComponent(chunk(() => import("./roles/RolesPage")), "RolesPage") });
const organizationRole = createRoute({
  getParentRoute: () => app,
  path: "/organizations/$org/roles/$role",
  validateSearch: (search: Record<string, unknown>): { from?: string } => (text(search.from) ? { from: text(search.from) as string } : {}),
  component: lazyRouteComponent(chunk(() => import("./roles/RolePage")), "RolePage"),
});
const provisioners = createRoute({ getParentRoute: () => app, path: "/organizations/$org/provisioners", component: lazyRouteComponent(chunk(() => import("./provisioners/ProvisionersPage")), "ProvisionersPage") });
const groups = createRoute({ getParentRoute: () => app, path: "/organizations/$org/groups", component: lazyRouteComponent(chunk(() => import("./groups/GroupsPage")), "GroupsPage") });
const group = createRoute({ getParentRoute: () => app, path: "/organizations/$org/groups/$name", component: lazyRouteComponent(chunk(() => import("./groups/GroupPage")), "GroupPage") });

// Groups had addresses of their own.
const toGroups = createRoute({ getParentRoute: () => app, path: "/groups", component: lazyRouteComponent(chunk(() => import("./groups/ToGroups")), "ToGroups") });
const toGroup = createRoute({
  getParentRoute: () => app,
  path: "/groups/$org/$name",
  beforeLoad: ({ params: { org, name } }) => {
    throw redirect({ to: "/organizations/$org/groups/$name", params: { org, name }, replace: true });
  },
});

const person = createRoute({ getParentRoute: () => app, path: "/users/$name", component: lazyRouteComponent(chunk(() => import("./person/PersonPage")), "PersonPage") });

const rights = createRoute({
  getParentRoute: () => app,
  path: "/rights",
  validateSearch: (search: Record<string, unknown>): { user?: string; act?: string; thing?: string; which?: string } => ({
    ...(text(search.user) ? { user: text(search.user) as string } : {}),
    ...(text(search.act) ? { act: text(search.act) as string } : {}),
    ...(text(search.thing) ? { thing: text(search.thing) as string } : {}),
    ...(text(search.which) ? { which: text(search.which) as string } : {}),
  }),
  component: lazyRouteComponent(chunk(() => import("./rights/RightsPage")), "RightsPage"),
});


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
    app.addChildren([home, workspaces, templates, prebuilds, template, version, create, workspace, settings, users, groups, group, activity, connections, account, inbox, toDeployment, overview, appearance, notifications, proxies, toUsers, toBuild, toChoices, organizations, organization, organizationMembers, organizationSettings, organizationRoles, organizationRole, provisioners, toGroups, toGroup, person, rights, upload]),
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
