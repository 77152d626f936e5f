// The connection log in pages, and those that are open now.
import type { ConnectionLogResponse } from "@gen";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { toggleTerm } from "@/lib/filter";
import { api, query } from "@/lib/api";

const kPage = 50;

const page = (q: string, limit: number, offset: number, signal?: AbortSignal) => api.get<ConnectionLogResponse>(`/connectionlog${query({ q, limit, offset: offset || undefined })}`, signal);

export const connectionPages = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["connections", q],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => page(q, kPage, pageParam, signal),
    getNextPageParam: (last, pages) => (last.connection_logs.length === kPage ? pages.length * kPage : undefined),
    placeholderData: keepPreviousData,
  });

// Web pages are never open in this sense: only shells, editors and terminals are.
export const openConnections = (q: string) =>
  queryOptions({
    queryKey: ["connections", "open", q],
    queryFn: ({ signal }) => page(toggleTerm(q, "status", "ongoing"), kPage, 0, signal),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
    retry: false,
  });

const kFilePage = 100;
export const kMostInFile = 2_000;

// Everything that the filter finds, newest first, up to a limit.
export async function allConnections(q: string, onRows: (so_far: number) => void): Promise<ConnectionLogResponse["connection_logs"]> {
  const rows: ConnectionLogResponse["connection_logs"] = [];
  while (rows.length < kMostInFile) {
    const more = (await page(q, kFilePage, rows.length)).connection_logs;
    rows.push(...more);
    onRows(rows.length);
    if (more.length < kFilePage) break;
  }
  return rows;
}
