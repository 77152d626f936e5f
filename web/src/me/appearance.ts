// How the deployment presents itself: its name, its logo, what it announces. What was seen last is kept in this browser, so that the
// frame of the next visit has its name and its banners from the first paint on, and nothing moves when the server answers.
import type { AppearanceConfig } from "@gen";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { words } from "@/strings/common";

const kKept = "slipway-appearance";

function kept(): AppearanceConfig | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(kKept) ?? "null") as AppearanceConfig | null;
    return found && Array.isArray(found.announcement_banners) ? found : undefined;
  } catch {
    return undefined; // written by another release
  }
}

export const appearanceQuery = queryOptions({
  queryKey: ["appearance"],
  queryFn: async ({ signal }) => {
    const found = await api.get<AppearanceConfig>("/appearance", signal);
    localStorage.setItem(kKept, JSON.stringify(found));
    return found;
  },
  staleTime: 300_000,
  retry: false,
  initialData: kept,
  initialDataUpdatedAt: 0,
});

// What is known of it, without asking: pages outside the frame have nobody to ask for.
const useKnown = (): AppearanceConfig | undefined => useQuery({ ...appearanceQuery, enabled: false }).data;

export const useProductName = (): string => useKnown()?.application_name || words.product;
export const useLogo = (): string => useKnown()?.logo_url ?? "";
