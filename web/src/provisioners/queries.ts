// Who builds for an organization: daemons, the keys that let them in, and the queue of jobs.
import type { AuthorizationRequest, CreateProvisionerKeyRequest, CreateProvisionerKeyResponse, OrganizationMemberWithUserData, ProvisionerDaemon, ProvisionerJob, ProvisionerKey } from "@gen";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";
import { organizationPath } from "@/organizations/queries";
import { cancelPath } from "./state";

const kEvery = 5_000;
const kMost = 200;
const kEnded = 20;

export const daemonsQuery = (org: string) =>
  queryOptions({ queryKey: ["provisioners", org, "daemons"], queryFn: ({ signal }) => api.get<ProvisionerDaemon[]>(`${organizationPath(org)}/provisionerdaemons${query({ offline: true, limit: kMost })}`, signal), refetchInterval: kEvery });

export const jobsQuery = (org: string, ended: boolean, on = true) =>
  queryOptions({
    queryKey: ["provisioners", org, "jobs", ended],
    queryFn: ({ signal }) => api.get<ProvisionerJob[]>(`${organizationPath(org)}/provisionerjobs${query({ status: ended ? "succeeded,failed,canceled" : "pending,running,canceling", limit: ended ? kEnded : kMost })}`, signal),
    enabled: on,
    refetchInterval: kEvery,
  });

export const keysQuery = (org: string) => queryOptions({ queryKey: ["provisioners", org, "keys"], queryFn: ({ signal }) => api.get<ProvisionerKey[]>(`${organizationPath(org)}/provisionerkeys`, signal) });

// Who asked for a job; pools and people who left are in no list.
export const initiatorQuery = (org: string, id: string) => queryOptions({ queryKey: ["members", org, "one", id], queryFn: ({ signal }) => api.get<OrganizationMemberWithUserData>(`${organizationPath(org)}/members/${seg(id)}`, signal), staleTime: Infinity, retry: false });

const kCancels = (id: string) =>
  ({
    builds: { object: { resource_type: "workspace", organization_id: id }, action: "update" },
    templates: { object: { resource_type: "template", organization_id: id }, action: "update" },
  }) as const satisfies AuthorizationRequest["checks"];

export const cancelRights = (id: string) => queryOptions({ queryKey: ["me", "rights", "cancel", id], queryFn: () => api.post<{ builds: boolean; templates: boolean }>("/authcheck", { checks: kCancels(id) }), staleTime: 60_000 });

function useChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => queries.invalidateQueries({ queryKey: ["provisioners"] }) });
}

export const useCancelJob = () => useChange((job: ProvisionerJob) => api.patch(cancelPath(job) ?? ""));
export const useCreateKey = (org: string) => useChange((ask: CreateProvisionerKeyRequest) => api.post<CreateProvisionerKeyResponse>(`${organizationPath(org)}/provisionerkeys`, ask));
export const useDeleteKey = (org: string) => useChange((name: string) => api.remove(`${organizationPath(org)}/provisionerkeys/${seg(name)}`));
