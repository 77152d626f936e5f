// The session: who is here, what this Slipway is, what this person may do.
import type {
  AppHostResponse,
  AuthMethods,
  AuthorizationRequest,
  BuildInfoResponse,
  ChangePasswordWithOneTimePasscodeRequest,
  CreateFirstUserRequest,
  ExternalAuthDevice,
  GenerateAPIKeyResponse,
  LoginWithPasswordRequest,
  OAuth2DeviceFlowCallbackResponse,
  Organization,
  RegionsResponse,
  RequestOneTimePasscodeRequest,
  User,
} from "@gen";
import { MutationCache, QueryCache, QueryClient, queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { ApiError, api, query } from "@/lib/api";

// A session that ended in the meantime shows itself as a 401 anywhere: ask again who is here, and the gate does the rest.
function onProblem(error: Error): void {
  if (error instanceof ApiError && error.status === 401) void client.invalidateQueries({ queryKey: ["me"], exact: true });
}

export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => (query.queryKey[0] === "me" && query.queryKey.length === 1 ? undefined : onProblem(error)) }),
  mutationCache: new MutationCache({ onError: onProblem }),
  defaultOptions: {
    // Without a network the server may still be there, as on this machine; and if it is not, that is found out and said.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 5_000,
      retry: (count, error) => count < 3 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => Math.min(8_000, 500 * 2 ** attempt),
    },
  },
});

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => api.get<User>("/users/me", signal), staleTime: 60_000 });

export function useMe(): User {
  const me = useQuery(meQuery);
  if (!me.data) throw new Error("useMe is called only below the gate");
  return me.data;
}

export const hasFirstUser = queryOptions({
  queryKey: ["first-user"],
  staleTime: 0,
  queryFn: async ({ signal }) => {
    try {
      await api.get("/users/first", signal);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  },
});

export const authMethods = queryOptions({ queryKey: ["auth-methods"], queryFn: ({ signal }) => api.get<AuthMethods>("/users/authmethods", signal), staleTime: 60_000 });
export const buildInfo = queryOptions({ queryKey: ["build-info"], queryFn: ({ signal }) => api.get<BuildInfoResponse>("/buildinfo", signal), staleTime: Infinity });
export const organizations = queryOptions({ queryKey: ["organizations"], queryFn: ({ signal }) => api.get<Organization[]>("/organizations", signal), staleTime: 60_000 });

// Where apps can be reached: this server, and the proxies that are known here.
export const regionsQuery = queryOptions({ queryKey: ["regions"], queryFn: async ({ signal }) => (await api.get<RegionsResponse>("/regions", signal)).regions, staleTime: 60_000, retry: false });

// The wildcard host of this server, as it is written in links.
export const appHost = queryOptions({ queryKey: ["app-host"], queryFn: ({ signal }) => api.get<AppHostResponse>("/applications/host", signal), staleTime: Infinity, retry: false });

// How many milliseconds there and back, from this browser. The first question opens the connection, the second is timed; null: no answer.
export const latencyQuery = (address: string, on: boolean) =>
  queryOptions({
    queryKey: ["latency", address],
    queryFn: async ({ signal }): Promise<number | null> => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
      const ask = () => fetch(`${address}/latency-check?${Math.random()}`, { signal: limit, credentials: "omit", cache: "no-store" });
      try {
        await ask();
        const began = performance.now();
        await ask();
        return performance.now() - began;
      } catch (problem) {
        if (signal.aborted) throw problem;
        return null;
      }
    },
    enabled: on,
    staleTime: 600_000,
    retry: false,
  });

export function useLogin() {
  return useMutation({
    mutationFn: (ask: LoginWithPasswordRequest) => api.post("/users/login", ask),
    onSuccess: () => client.removeQueries({ queryKey: ["me"] }),
  });
}

export function useAskForCode() {
  return useMutation({ mutationFn: (ask: RequestOneTimePasscodeRequest) => api.post("/users/otp/request", ask) });
}

export function useNewPassword() {
  return useMutation({ mutationFn: (ask: ChangePasswordWithOneTimePasscodeRequest) => api.post("/users/otp/change-password", ask) });
}

// GitHub's device flow: a code to type in there, and a question every few seconds whether that was done.
export const githubDevice = queryOptions({
  queryKey: ["github-device"],
  staleTime: Infinity,
  queryFn: ({ signal }) => api.get<ExternalAuthDevice>("/users/oauth2/github/device", signal),
});

export function githubDeviceDone(code: ExternalAuthDevice | undefined) {
  return queryOptions<OAuth2DeviceFlowCallbackResponse | null>({
    queryKey: ["github-device", "done", code?.device_code],
    enabled: code !== undefined,
    staleTime: Infinity,
    refetchInterval: (last) => (last.state.data ? false : Math.max(code?.interval ?? 5, 5) * 1000),
    queryFn: async ({ signal }) => {
      try {
        return await api.get<OAuth2DeviceFlowCallbackResponse>(`/users/oauth2/github/callback${query({ code: code?.device_code, state: code?.user_code })}`, signal);
      } catch (error) {
        if (error instanceof ApiError && (error.detail === "authorization_pending" || error.detail === "slow_down")) return null;
        throw error;
      }
    },
  });
}

export function useFirstUser() {
  return useMutation({
    mutationFn: async (ask: CreateFirstUserRequest) => {
      await api.post("/users/first", ask);
      await api.post("/users/login", { email: ask.email, password: ask.password });
    },
    onSuccess: () => client.removeQueries({ queryKey: ["me"] }),
  });
}

// Who comes back after their session ended goes on where they were: what is on the page stays, and is asked for anew.
export function useLoginAgain() {
  return useMutation({
    mutationFn: async (ask: LoginWithPasswordRequest) => {
      await api.post("/users/login", ask);
      return client.fetchQuery({ ...meQuery, staleTime: 0 });
    },
  });
}

// Somebody who signs out is on the way to another page: that their session is over is no news to them.
let leaving = false;
export const isLeaving = (): boolean => leaving;

// The page is left whole, and with it all that was fetched: emptying the cache under what is still drawn would break it.
export function useLogout() {
  return useMutation({
    mutationFn: () => api.post("/users/logout"),
    onMutate: () => {
      leaving = true;
    },
    onSettled: () => window.location.assign("/login"),
  });
}

export function useSessionKey() {
  return useMutation({ mutationFn: () => api.post<GenerateAPIKeyResponse>("/users/me/keys") });
}

const kChecks = {
  createTemplate: { object: { resource_type: "template", any_org: true }, action: "create" },
  updateTemplate: { object: { resource_type: "template", any_org: true }, action: "update" },
  createUser: { object: { resource_type: "user" }, action: "create" },
  updateUser: { object: { resource_type: "user" }, action: "update" },
  readUsers: { object: { resource_type: "user" }, action: "read" },
  readGroups: { object: { resource_type: "group", any_org: true }, action: "read" },
  createGroup: { object: { resource_type: "group", any_org: true }, action: "create" },
  updateGroup: { object: { resource_type: "group", any_org: true }, action: "update" },
  createOrganization: { object: { resource_type: "organization" }, action: "create" },
  updateOrganization: { object: { resource_type: "organization", any_org: true }, action: "update" },
  readMembers: { object: { resource_type: "organization_member", any_org: true }, action: "read" },
  readAudit: { object: { resource_type: "audit_log", any_org: true }, action: "read" },
  readAllAudit: { object: { resource_type: "audit_log" }, action: "read" },
  assignRoles: { object: { resource_type: "assign_role" }, action: "assign" },
  readConnections: { object: { resource_type: "connection_log", any_org: true }, action: "read" },
  updateDeployment: { object: { resource_type: "deployment_config" }, action: "update" },
  updateProxies: { object: { resource_type: "workspace_proxy" }, action: "update" },
  createWorkspaceForAnyone: { object: { resource_type: "workspace", any_org: true }, action: "create" },
} as const satisfies AuthorizationRequest["checks"];

export type Rights = Record<keyof typeof kChecks, boolean>;

export const rightsQuery = queryOptions({
  queryKey: ["me", "rights"],
  queryFn: () => api.post<Rights>("/authcheck", { checks: kChecks }),
  staleTime: 60_000,
});

// A guess from the roles until the server has answered; it only decides what is offered, never what is allowed.
function guess(me: User | undefined): Rights {
  const has = (...names: string[]) => me?.roles.some((role) => names.includes(role.name)) ?? false;
  const people = has("owner", "user-admin");
  const templates = has("owner", "template-admin");
  const groups = { createOrganization: has("owner"), updateOrganization: has("owner"), readMembers: people, readGroups: people, createGroup: people, updateGroup: people, readAudit: has("owner", "auditor"), readAllAudit: has("owner", "auditor"), assignRoles: people, readConnections: has("owner", "auditor") };
  return { ...groups, createTemplate: templates, updateTemplate: templates, createUser: people, updateUser: people, readUsers: people || has("auditor", "template-admin"), updateDeployment: has("owner"), updateProxies: has("owner"), createWorkspaceForAnyone: has("owner") };
}

// Those who answer for rights are told why somebody may or may not do something.
export const mayExplain = (rights: Rights): boolean => rights.readAllAudit || rights.assignRoles;

export function useRights(): Rights {
  const me = useQuery(meQuery).data;
  return useQuery({ ...rightsQuery, retry: false }).data ?? guess(me);
}
