// People: list, create, state, roles; and one's own profile, password, look and tokens.
import type {
  APIKeyWithOwner,
  AssignableRoles,
  CreateTokenRequest,
  CreateUserRequestWithOrgs,
  GenerateAPIKeyResponse,
  GetUsersResponse,
  TokenConfig,
  UpdateUserAppearanceSettingsRequest,
  UpdateUserPasswordRequest,
  UpdateUserProfileRequest,
  User,
  UserAppearanceSettings,
} from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

const kPage = 100;

/** The key under which a chosen look is saved: one choice after the other. */
export const kLook = "look";

export const userPages = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["users", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.get<GetUsersResponse>(`/users${query({ q, limit: kPage, offset: pageParam || undefined })}`, signal),
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.users.length, 0);
      return last.users.length > 0 && seen < last.count ? seen : undefined;
    },
    placeholderData: keepPreviousData,
  });

export const rolesQuery = queryOptions({ queryKey: ["roles"], queryFn: ({ signal }) => api.get<AssignableRoles[]>("/users/roles", signal), staleTime: 60_000 });

function useUserChange<A, R>(run: (ask: A) => Promise<R>, inTurn?: string) {
  const queries = useQueryClient();
  const order = inTurn ? { mutationKey: [inTurn], scope: { id: inTurn } } : {};
  return useMutation({ ...order, mutationFn: run, onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ["users"] }), queries.invalidateQueries({ queryKey: ["me"] })]) });
}

export const useCreateUser = () => useUserChange((ask: CreateUserRequestWithOrgs) => api.post<User>("/users", ask));
export const useDeleteUser = () => useUserChange((id: string) => api.remove(`/users/${seg(id)}`));
export const useSetStatus = () => useUserChange(({ id, active }: { id: string; active: boolean }) => api.put<User>(`/users/${seg(id)}/status/${active ? "activate" : "suspend"}`));
export const useSetRoles = () => useUserChange(({ id, roles }: { id: string; roles: string[] }) => api.put<User>(`/users/${seg(id)}/roles`, { roles }));
export const useSetProfile = () => useUserChange((ask: UpdateUserProfileRequest) => api.put<User>("/users/me/profile", ask));
// A new password ends what else one is signed in with.
export function useSetPassword() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (ask: UpdateUserPasswordRequest) => api.put("/users/me/password", ask), onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }) });
}
export const useSetAppearance = () => useUserChange((ask: UpdateUserAppearanceSettingsRequest) => api.put<UserAppearanceSettings>("/users/me/appearance", ask), kLook);
export const appearanceQuery = queryOptions({ queryKey: ["me", "appearance"], queryFn: ({ signal }) => api.get<UserAppearanceSettings>("/users/me/appearance", signal), retry: false });

export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: ({ signal }) => api.get<APIKeyWithOwner[]>("/users/me/keys/tokens", signal) });
export const tokenConfig = queryOptions({ queryKey: ["token-config"], queryFn: ({ signal }) => api.get<TokenConfig>("/users/me/keys/tokens/tokenconfig", signal), staleTime: Infinity });

export function useCreateToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ask: CreateTokenRequest) => api.post<GenerateAPIKeyResponse>("/users/me/keys/tokens", ask),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useRemoveToken() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (id: string) => api.remove(`/users/me/keys/${seg(id)}`), onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }) });
}
