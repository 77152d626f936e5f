// What has happened: the audit log in pages.
import type { AuditLogResponse, GetUsersResponse } from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, query } from "@/lib/api";

const kPage = 50;

export const auditPages = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["audit", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => api.get<AuditLogResponse>(`/audit${query({ q, limit: kPage, offset: pageParam || undefined })}`, signal),
    getNextPageParam: (last, pages) => (last.audit_logs.length === kPage ? pages.length * kPage : undefined),
    placeholderData: keepPreviousData,
  });

// Whom the menu names; whoever is not among the first is found by typing.
export const peopleQuery = queryOptions({ queryKey: ["users", "first"], queryFn: async ({ signal }) => (await api.get<GetUsersResponse>(`/users${query({ limit: 20 })}`, signal)).users, staleTime: 60_000, retry: false });
