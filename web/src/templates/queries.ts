// Templates and their versions: lists, one, examples, import, promote, settings, files.
import type {
  ACLAvailable,
  AuthorizationResponse,
  CreateTemplateRequest,
  CreateTemplateVersionRequest,
  DynamicParametersResponse,
  Preset,
  PreviewParameterStyling,
  Response,
  Template,
  TemplateACL,
  TemplateExample,
  TemplateVersion,
  TemplateVersionParameter,
  TemplateVersionVariable,
  UpdateTemplateMeta,
  UploadResponse,
  WorkspaceResource,
  WorkspacesResponse,
} from "@gen";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, query, seg } from "@/lib/api";
import { formatTerm } from "@/lib/filter";
import { asText, type TarFile, untar } from "@/lib/tar";
import { askFor, type Granted, withRole } from "./granted";

export const templatesQuery = queryOptions({ queryKey: ["templates"], queryFn: ({ signal }) => api.get<Template[]>("/templates", signal), staleTime: 15_000 });

export const templateByName = (org: string, name: string) =>
  queryOptions({ queryKey: ["template", org, name], queryFn: ({ signal }) => api.get<Template>(`/organizations/${seg(org)}/templates/${seg(name)}`, signal) });

export const templateById = (id: string) => queryOptions({ queryKey: ["template", id], queryFn: ({ signal }) => api.get<Template>(`/templates/${id}`, signal) });

// Whether I may change this one: what its access list gives counts, too. Undefined until the server has said so.
export function useMayChange(templateId: string): boolean | undefined {
  const asked = useQuery({
    queryKey: ["template", templateId, "may-change"],
    queryFn: async () => (await api.post<AuthorizationResponse>("/authcheck", { checks: { update: { object: { resource_type: "template", resource_id: templateId }, action: "update" } } })).update ?? false,
    staleTime: 60_000,
  });
  return asked.isError ? false : asked.data;
}

export const examplesQuery = queryOptions({ queryKey: ["examples"], queryFn: ({ signal }) => api.get<TemplateExample[]>("/templates/examples", signal), staleTime: Infinity });

export const versionsOf = (templateId: string) =>
  queryOptions({
    queryKey: ["template", templateId, "versions"],
    queryFn: async ({ signal }) => (await api.get<TemplateVersion[]>(`/templates/${templateId}/versions${query({ include_archived: true })}`, signal)).toReversed(),
  });

export const ended = (version: TemplateVersion | undefined): boolean => {
  const status = version?.job.status;
  return status === "succeeded" || status === "failed" || status === "canceled";
};

// How many workspaces a filter finds: the count comes with any page, so the page is one row.
export const countQuery = (q: string) =>
  queryOptions({ queryKey: ["workspaces", "some", q, 1], queryFn: ({ signal }) => api.get<WorkspacesResponse>(`/workspaces${query({ q, limit: 1 })}`, signal), staleTime: 15_000 });

export const versionQuery = (id: string) =>
  queryOptions({
    queryKey: ["version", id],
    queryFn: ({ signal }) => api.get<TemplateVersion>(`/templateversions/${id}`, signal),
    refetchInterval: (state) => (ended(state.state.data) ? false : 1_000),
  });

export const versionByName = (org: string, template: string, version: string) =>
  queryOptions({
    queryKey: ["version", org, template, version],
    queryFn: ({ signal }) => api.get<TemplateVersion>(`/organizations/${seg(org)}/templates/${seg(template)}/versions/${seg(version)}`, signal),
    refetchInterval: (state) => (ended(state.state.data) ? false : 1_000),
  });

const part = <T>(what: string) => (id: string) =>
  queryOptions({ queryKey: ["version", id, what], queryFn: ({ signal }) => api.get<T>(`/templateversions/${id}/${what}`, signal), staleTime: 60_000 });

// A parameter as a form draws it: what the version declares, and how its author wants it to look.
export type FormParameter = TemplateVersionParameter & { styling: PreviewParameterStyling };

export const formParameters = (id: string) =>
  queryOptions({
    queryKey: ["version", id, "form-parameters"],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<FormParameter[]> => {
      const [declared, form] = await Promise.all([
        api.get<TemplateVersionParameter[]>(`/templateversions/${id}/rich-parameters`, signal),
        api.post<DynamicParametersResponse>(`/templateversions/${id}/dynamic-parameters/evaluate`, { id: 1, inputs: {} }),
      ]);
      const styling = new Map(form.parameters.map((p) => [p.name, p.styling]));
      return declared.map((p) => ({ ...p, styling: styling.get(p.name) ?? {} }));
    },
  });


export const versionPresets = part<Preset[]>("presets");
export const versionVariables = part<TemplateVersionVariable[]>("variables");
export const versionResources = part<WorkspaceResource[]>("resources");

export type SourceFile = { path: string; size: number; text: string | undefined };

export const filesQuery = (fileId: string) =>
  queryOptions({
    queryKey: ["file", fileId],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<SourceFile[]> => {
      const files: TarFile[] = untar(await api.bytes(`/files/${fileId}?format=tar`, signal));
      return files.map((file) => ({ path: file.path, size: file.bytes.length, text: asText(file.bytes) }));
    },
  });

export const aclQuery = (templateId: string) =>
  queryOptions({ queryKey: ["template", templateId, "acl"], queryFn: ({ signal }) => api.get<TemplateACL>(`/templates/${templateId}/acl`, signal), retry: false });

const kMostFound = 20;

export const availableLike = (templateId: string, text: string) =>
  queryOptions({
    queryKey: ["template", templateId, "available", text],
    queryFn: ({ signal }) => api.get<ACLAvailable>(`/templates/${templateId}/acl/available${query({ q: formatTerm({ key: "search", value: text }), limit: kMostFound })}`, signal),
    enabled: text.length >= 2,
    staleTime: 30_000,
    retry: false,
  });

// Shown at once, and put back when the server refuses. Changes of one list go one after the other.
export function useGrant(templateId: string) {
  const queries = useQueryClient();
  const { queryKey } = aclQuery(templateId);
  return useMutation({
    mutationFn: (who: Granted) => api.patch(`/templates/${templateId}/acl`, askFor(who)),
    scope: { id: `grant-${templateId}` },
    onMutate: async (who) => {
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData(queryKey);
      if (before) queries.setQueryData(queryKey, withRole(before, who));
      return { before };
    },
    onError: (_error, _who, kept) => kept?.before && queries.setQueryData(queryKey, kept.before),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey }), queries.invalidateQueries({ queryKey: ["template", templateId, "may-change"] })]),
  });
}

export function useCreateVersion() {
  return useMutation({
    mutationFn: ({ org, ask }: { org: string; ask: CreateTemplateVersionRequest }) => api.post<TemplateVersion>(`/organizations/${seg(org)}/templateversions`, ask),
  });
}

// The same archive once more, as another version of the same template.
export function useImportAgain(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (v: TemplateVersion) =>
      api.post<TemplateVersion>(`/organizations/${seg(org)}/templateversions`, {
        file_id: v.job.file_id,
        message: v.message,
        storage_method: "file",
        provisioner: "terraform",
        tags: {},
        ...(v.template_id ? { template_id: v.template_id } : {}),
      } satisfies CreateTemplateVersionRequest),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["template"] }),
  });
}

// The files as one archive, and a version of it that belongs to no template yet.
export function useUpload() {
  return useMutation({
    mutationFn: async ({ org, archive }: { org: string; archive: Blob }) => {
      const { hash } = await api.post<UploadResponse>("/files", archive);
      return api.post<TemplateVersion>(`/organizations/${seg(org)}/templateversions`, { file_id: hash, storage_method: "file", provisioner: "terraform", tags: {} } satisfies CreateTemplateVersionRequest);
    },
  });
}

export const fromExample = (id: string): CreateTemplateVersionRequest => ({ example_id: id, storage_method: "file", provisioner: "terraform", tags: {} });

export function useCreateTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ org, ask }: { org: string; ask: Partial<CreateTemplateRequest> & { name: string; template_version_id: string } }) =>
      api.post<Template>(`/organizations/${seg(org)}/templates`, ask),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["templates"] }),
  });
}

function useTemplateChange<A, R>(run: (ask: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ["template"] }), queries.invalidateQueries({ queryKey: ["templates"] }), queries.invalidateQueries({ queryKey: ["version"] })]),
  });
}

export const usePromote = () => useTemplateChange(({ template, version }: { template: string; version: string }) => api.patch<Response>(`/templates/${template}/versions`, { id: version }));
export const useUpdateTemplate = () => useTemplateChange(({ template, ask }: { template: string; ask: UpdateTemplateMeta }) => api.patch<Template | undefined>(`/templates/${template}`, ask));
// Only the list is asked for anew: the page of what is deleted is left, not loaded again.
export function useDeleteTemplate() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (template: string) => api.remove<Response>(`/templates/${template}`), onSuccess: () => queries.invalidateQueries({ queryKey: ["templates"] }) });
}
export const useArchiveVersion = () => useTemplateChange(({ version, archive }: { version: string; archive: boolean }) => api.post<Response>(`/templateversions/${version}/${archive ? "archive" : "unarchive"}`));
export const useCancelVersion = () => useTemplateChange((version: string) => api.patch<Response>(`/templateversions/${version}/cancel`));
