// Organizations: one, who is in it, its roles, and what the person here may do there.
import type {
  AssignableRoles,
  AuditLogResponse,
  AuthorizationRequest,
  CreateOrganizationRequest,
  GetUsersResponse,
  Organization,
  OrganizationMember,
  PaginatedMembersResponse,
  UpdateOrganizationRequest,
  UpdateWorkspaceSharingSettingsRequest,
  WorkspaceSharingSettings,
} from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";

const kPage = 100;
const kPicks = 20;

export const organizationPath = (org: string) => `/organizations/${seg(org)}`;
const members = (org: string) => `${organizationPath(org)}/members`;

export const organizationQuery = (org: string) => queryOptions({ queryKey: ["organizations", org], queryFn: ({ signal }) => api.get<Organization>(organizationPath(org), signal), staleTime: 60_000 });

// What one may do in an organization; the last two are about the whole of this Slipway.
const checksOf = (id: string) => {
  const here = <T extends AuthorizationRequest["checks"][string]["object"]["resource_type"]>(resource_type: T) => ({ resource_type, organization_id: id });
  return {
    readMembers: { object: here("organization_member"), action: "read" },
    addMembers: { object: here("organization_member"), action: "create" },
    changeMembers: { object: here("organization_member"), action: "update" },
    removeMembers: { object: here("organization_member"), action: "delete" },
    readRoles: { object: here("assign_org_role"), action: "read" },
    giveRoles: { object: here("assign_org_role"), action: "assign" },
    takeRoles: { object: here("assign_org_role"), action: "unassign" },
    createRole: { object: here("assign_org_role"), action: "create" },
    updateRole: { object: here("assign_org_role"), action: "update" },
    deleteRole: { object: here("assign_org_role"), action: "delete" },
    readGroups: { object: here("group"), action: "read" },
    createGroup: { object: here("group"), action: "create" },
    updateGroup: { object: here("group"), action: "update" },
    deleteGroup: { object: here("group"), action: "delete" },
    readDaemons: { object: here("provisioner_daemon"), action: "read" },
    createKey: { object: here("provisioner_daemon"), action: "create" },
    deleteKey: { object: here("provisioner_daemon"), action: "delete" },
    readJobs: { object: here("provisioner_jobs"), action: "read" },
    readAudit: { object: here("audit_log"), action: "read" },
    update: { object: here("organization"), action: "update" },
    delete: { object: here("organization"), action: "delete" },
    readAllAudit: { object: { resource_type: "audit_log" }, action: "read" },
    giveSiteRoles: { object: { resource_type: "assign_role" }, action: "assign" },
  } as const satisfies AuthorizationRequest["checks"];
};

export type OrganizationRights = Record<keyof ReturnType<typeof checksOf>, boolean>;

export const kNoRights = Object.fromEntries(Object.keys(checksOf("")).map((key) => [key, false])) as OrganizationRights;

export const organizationRights = (id: string) =>
  queryOptions({
    queryKey: ["me", "rights", "organization", id],
    queryFn: () => api.post<OrganizationRights>("/authcheck", { checks: checksOf(id) }),
    enabled: id !== "",
    staleTime: 60_000,
  });

export const memberPages = (org: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ["members", org, "pages", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.get<PaginatedMembersResponse>(`${organizationPath(org)}/paginated-members${query({ q, limit: kPage, offset: pageParam || undefined })}`, signal),
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.members.length, 0);
      return last.members.length > 0 && seen < last.count ? seen : undefined;
    },
    placeholderData: keepPreviousData,
  });

export const membersLike = (org: string, q: string, most = kPicks) =>
  queryOptions({
    queryKey: ["members", org, "like", q, most],
    queryFn: ({ signal }) => api.get<PaginatedMembersResponse>(`${organizationPath(org)}/paginated-members${query({ q, limit: most })}`, signal),
    placeholderData: keepPreviousData,
  });

export const peopleLike = (q: string) =>
  queryOptions({
    queryKey: ["users", "like", q],
    queryFn: ({ signal }) => api.get<GetUsersResponse>(`/users${query({ q, limit: kPicks })}`, signal),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  });

export const organizationRoles = (org: string) => queryOptions({ queryKey: ["members", org, "roles"], queryFn: ({ signal }) => api.get<AssignableRoles[]>(`${members(org)}/roles`, signal), staleTime: 30_000 });

// Who changed somebody's roles here, newest first.
export const roleChanges = (id: string, user: string, on: boolean) =>
  queryOptions({
    queryKey: ["members", id, "changes", user],
    queryFn: ({ signal }) => api.get<AuditLogResponse>(`/audit${query({ q: `resource_type:organization_member resource_id:${user} organization:${id} action:write`, limit: 25 })}`, signal),
    enabled: on,
    retry: false,
  });

function useMemberChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["members"] }) });
}

export const useAddMember = (org: string) => useMemberChange((user: string) => api.post<OrganizationMember>(`${members(org)}/${seg(user)}`));
export const useRemoveMember = (org: string) => useMemberChange((user: string) => api.remove(`${members(org)}/${seg(user)}`));
export const useSetMemberRoles = (org: string) => useMemberChange(({ user, roles }: { user: string; roles: string[] }) => api.put<OrganizationMember>(`${members(org)}/${seg(user)}/roles`, { roles }));

function useOrganizationChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ["organizations"], exact: true }), queries.invalidateQueries({ queryKey: ["me", "rights"] })]) });
}

export const useCreateOrganization = () => useOrganizationChange((ask: CreateOrganizationRequest) => api.post<Organization>("/organizations", ask));
export const useDeleteOrganization = () => useOrganizationChange((id: string) => api.remove(organizationPath(id)));

// What is answered is what the page of that name shows from now on.
export function useChangeOrganization(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ask: UpdateOrganizationRequest) => api.patch<Organization>(organizationPath(id), ask),
    onSuccess: (after) => {
      queries.setQueryData(organizationQuery(after.name).queryKey, after);
      return queries.invalidateQueries({ queryKey: ["organizations"], exact: true });
    },
  });
}

export const sharingQuery = (id: string) => queryOptions({ queryKey: ["organizations", id, "sharing"], queryFn: ({ signal }) => api.get<WorkspaceSharingSettings>(`${organizationPath(id)}/settings/workspace-sharing`, signal) });

export function useSetSharing(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ask: UpdateWorkspaceSharingSettingsRequest) => api.patch<WorkspaceSharingSettings>(`${organizationPath(id)}/settings/workspace-sharing`, ask),
    onSuccess: (after) => queries.setQueryData(sharingQuery(id).queryKey, after),
  });
}
