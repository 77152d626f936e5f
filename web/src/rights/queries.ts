// Why somebody may or may not do something: told to those who answer for rights.
import type {
  AssignableRoles,
  AuthorizationExplainRequest,
  AuthorizationExplanation,
  GetUsersResponse,
  Group,
  Template,
  User,
  Workspace,
  WorkspacesResponse,
} from "@gen";
import { queryOptions } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

export const explained = (ask: AuthorizationExplainRequest | undefined) =>
  queryOptions({ queryKey: ["explained", ask], queryFn: () => api.post<AuthorizationExplanation>("/authcheck/explain", ask), enabled: ask !== undefined, retry: false });

export type Found = { id: string; name: string };

const kMost = 20;
const kLetters = 2;

// Single things by two letters of their name, each kind where it is searched.
const kSearch: Record<string, (text: string, signal: AbortSignal) => Promise<Found[]>> = {
  user: async (text, signal) => (await api.get<GetUsersResponse>(`/users${query({ q: text, limit: kMost })}`, signal)).users.map((u) => ({ id: u.id, name: u.name ? `${u.name} (${u.username})` : u.username })),
  workspace: async (text, signal) => (await api.get<WorkspacesResponse>(`/workspaces${query({ q: text, limit: kMost })}`, signal)).workspaces.map((w) => ({ id: w.id, name: `${w.owner_name}/${w.name}` })),
  template: async (text, signal) => like(text, (await api.get<Template[]>("/templates", signal)).map((t) => ({ id: t.id, name: t.display_name ? `${t.display_name} (${t.name})` : t.name }))),
  group: async (text, signal) => like(text, (await api.get<Group[]>("/groups", signal)).map((g) => ({ id: g.id, name: g.display_name || g.name }))),
};

const like = (text: string, all: Found[]): Found[] => all.filter((one) => one.name.toLowerCase().includes(text.toLowerCase())).slice(0, kMost);

export const foundLike = (kind: string, text: string) =>
  queryOptions({ queryKey: ["found", kind, text], queryFn: ({ signal }) => kSearch[kind]?.(text, signal) ?? [], enabled: kSearch[kind] !== undefined && text.length >= kLetters, staleTime: 30_000, retry: false });

// What a single thing is called whose id alone is known, as when it came with the address.
const kNames: Record<string, (id: string, signal: AbortSignal) => Promise<string>> = {
  user: async (id, signal) => nameOf(await api.get<User>(`/users/${seg(id)}`, signal)),
  workspace: async (id, signal) => {
    const w = await api.get<Workspace>(`/workspaces/${seg(id)}`, signal);
    return `${w.owner_name}/${w.name}`;
  },
  template: async (id, signal) => {
    const t = await api.get<Template>(`/templates/${seg(id)}`, signal);
    return t.display_name || t.name;
  },
  group: async (id, signal) => {
    const g = await api.get<Group>(`/groups/${seg(id)}`, signal);
    return g.display_name || g.name;
  },
};

const nameOf = (u: User): string => u.name || u.username;

export const namedQuery = (kind: string, id: string) =>
  queryOptions({ queryKey: ["named", kind, id], queryFn: ({ signal }) => kNames[kind]?.(id, signal) ?? "", enabled: kNames[kind] !== undefined && id !== "", staleTime: 60_000, retry: false });

export const siteRoles = queryOptions({ queryKey: ["roles"], queryFn: ({ signal }) => api.get<AssignableRoles[]>("/users/roles", signal), staleTime: 60_000, retry: false });
export const rolesOfOrganization = (id: string) => queryOptions({ queryKey: ["roles", id], queryFn: ({ signal }) => api.get<AssignableRoles[]>(`/organizations/${id}/members/roles`, signal), staleTime: 60_000, retry: false });
