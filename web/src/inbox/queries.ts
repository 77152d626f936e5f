// The inbox, kept current by the server's stream; what reaches one; what administrators decide about it.
import type {
  GetInboxNotificationResponse,
  ListInboxNotificationsResponse,
  NotificationMessage,
  NotificationMethodsResponse,
  NotificationPreference,
  NotificationsSettings,
  NotificationTemplate,
  NotificationUserSettings,
  UpdateInboxNotificationReadStatusResponse,
} from "@gen";
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, query, seg } from "@/lib/api";
import { watchFrames } from "@/lib/stream";
import { nextAfter, type Pages, withAllRead, withNew, withRead } from "./lines";

const kInbox = ["inbox"];

const pagesOf = (queryKey: string[], read_status?: "unread") =>
  infiniteQueryOptions({
    queryKey,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => api.get<ListInboxNotificationsResponse>(`/notifications/inbox${query({ read_status, starting_before: pageParam })}`, signal),
    getNextPageParam: nextAfter,
    staleTime: 60_000,
    retry: false,
  });

export const inboxPages = pagesOf(kInbox);
// What was new when one looked. A line that is read meanwhile stays until one looks again: nothing jumps under the pointer.
export const newPages = pagesOf([...kInbox, "unread"], "unread");

// What is new comes by itself; whenever the stream stands the inbox is read anew, since something may have
// been said before it did.
export function useInboxNews(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      watchFrames<GetInboxNotificationResponse>("/notifications/inbox/watch", {
        onData: (frame) => queries.setQueriesData<Pages>({ queryKey: kInbox }, (pages) => withNew(pages, frame)),
        onOpen: () => void queries.invalidateQueries({ queryKey: kInbox }),
        onEnd: () => void queries.invalidateQueries({ queryKey: ["me"], exact: true }), // who is here still?
      }),
    [queries],
  );
}

export function useMarkRead() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, read }: { id: string; read: boolean }) => api.put<UpdateInboxNotificationReadStatusResponse>(`/notifications/inbox/${seg(id)}/read-status`, { is_read: read }),
    onMutate: ({ id, read }) => queries.setQueriesData<Pages>({ queryKey: kInbox }, (pages) => withRead(pages, id, read ? new Date().toISOString() : null)),
    onError: () => queries.invalidateQueries({ queryKey: kInbox }),
  });
}

export function useMarkAllRead() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.put("/notifications/inbox/mark-all-as-read"),
    onMutate: () => queries.setQueriesData<Pages>({ queryKey: kInbox }, (pages) => withAllRead(pages, new Date().toISOString())),
    onError: () => queries.invalidateQueries({ queryKey: kInbox }),
  });
}

const kinds = (which: "system" | "custom") =>
  queryOptions({ queryKey: ["notifications", "kinds", which], queryFn: ({ signal }) => api.get<NotificationTemplate[]>(`/notifications/templates/${which}`, signal), staleTime: 60_000 });
export const systemKinds = kinds("system");
export const customKinds = kinds("custom");
export const methodsQuery = queryOptions({ queryKey: ["notifications", "methods"], queryFn: ({ signal }) => api.get<NotificationMethodsResponse>("/notifications/dispatch-methods", signal), staleTime: 60_000 });
export const pauseQuery = queryOptions({ queryKey: ["notifications", "settings"], queryFn: ({ signal }) => api.get<NotificationsSettings>("/notifications/settings", signal) });

export const preferencesQuery = queryOptions({ queryKey: ["me", "notification-preferences"], queryFn: ({ signal }) => api.get<NotificationPreference[]>("/users/me/notifications/preferences", signal) });
export const timesQuery = queryOptions({ queryKey: ["me", "notification-settings"], queryFn: ({ signal }) => api.get<NotificationUserSettings>("/users/me/notifications/settings", signal) });

export function useSetPreference() {
  const queries = useQueryClient();
  return useMutation({
    scope: { id: "notification-preferences" },
    mutationFn: ({ id, on }: { id: string; on: boolean }) => api.put<NotificationPreference[]>("/users/me/notifications/preferences", { template_disabled_map: { [id]: !on } }),
    onMutate: ({ id, on }) => {
      const choice = { id, disabled: !on, updated_at: new Date().toISOString() };
      queries.setQueryData(preferencesQuery.queryKey, (all) => all && [...all.filter((one) => one.id !== id), choice]);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: preferencesQuery.queryKey }),
  });
}

export function useSetTimes() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ask: NotificationUserSettings) => api.put<NotificationUserSettings>("/users/me/notifications/settings", ask),
    onSuccess: (kept) => queries.setQueryData(timesQuery.queryKey, kept),
  });
}

function useDecision<A>(run: (ask: A) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => queries.invalidateQueries({ queryKey: ["notifications"] }) });
}

// A message to oneself goes the way of all others.
export const useTellMe = () => useDecision(({ title, message }: { title: string; message: string }) => api.post("/notifications/custom", { content: { title, message } }));
export const usePause = () => useDecision((paused: boolean) => api.put("/notifications/settings", { notifier_paused: paused }));
export const useSetMethod = () => useDecision(({ id, method }: { id: string; method: string }) => api.put(`/notifications/templates/${seg(id)}/method`, { method }));
export const useSendTest = () => useDecision(() => api.post("/notifications/test"));

export const undeliveredQuery = queryOptions({ queryKey: ["notifications", "messages"], queryFn: ({ signal }) => api.get<NotificationMessage[]>(`/notifications/messages${query({ limit: 200 })}`, signal) });
export const useRetry = () => useDecision((id: string) => api.post(`/notifications/messages/${seg(id)}/retry`));
export const useDrop = () => useDecision((id: string) => api.remove(`/notifications/messages/${seg(id)}`));
