// What has happened: the audit log in pages.
import type { AuditLogResponse } from "@gen";
import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
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
