// My keys: the SSH key of my workspaces, what tokens may be made for, and what I am signed in with.
import type { APIKeyWithOwner, ExternalAPIKeyScopes, GitSSHKey, Template, WorkspacesResponse } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

export const scopesQuery = queryOptions({ queryKey: ["scopes"], queryFn: ({ signal }) => api.get<ExternalAPIKeyScopes>("/auth/scopes", signal), staleTime: Infinity });

const kMost = 20;
const kLetters = 2;

export const workspacesLike = (text: string) =>
  queryOptions({ queryKey: ["workspaces", "like", text], queryFn: ({ signal }) => api.get<WorkspacesResponse>(`/workspaces${query({ q: `owner:me ${text}`, limit: kMost })}`, signal), enabled: text.length >= kLetters, staleTime: 30_000 });

// Templates are few: the list is asked for once, and looked through here.
export const templatesLike = (text: string) =>
  queryOptions({
    queryKey: ["templates", "for-tokens"],
    queryFn: ({ signal }) => api.get<Template[]>("/templates", signal),
    enabled: text.length >= kLetters,
    staleTime: 30_000,
    select: (all: Template[]) => all.filter((t) => `${t.name} ${t.display_name}`.toLowerCase().includes(text.toLowerCase())).slice(0, kMost),
  });

export const sshKeyQuery = queryOptions({ queryKey: ["me", "ssh-key"], queryFn: ({ signal }) => api.get<GitSSHKey>("/users/me/gitsshkey", signal) });

export function useRenewSshKey() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: () => api.put<GitSSHKey>("/users/me/gitsshkey"), onSuccess: (fresh) => queries.setQueryData(sshKeyQuery.queryKey, fresh) });
}

// Sessions and tokens that still count.
export const myKeysQuery = queryOptions({ queryKey: ["tokens", "all"], queryFn: ({ signal }) => api.get<APIKeyWithOwner[]>("/users/me/keys", signal), retry: false });

function useKeyChange<A>(run: (ask: A) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }) });
}

export const useEndKey = () => useKeyChange((id: string) => api.remove(`/users/me/keys/${seg(id)}`));
export const useEndOthers = () => useKeyChange(() => api.remove("/users/me/keys"));
