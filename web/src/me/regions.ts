// Where apps and ports are reached: at this server, or at a proxy that is nearer. Kept in this browser, else the one that answers soonest.
import type { Region } from "@gen";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { keptWord } from "@/lib/kept";
import { appHost, latencyQuery, regionsQuery } from "./queries";

export const kPrimary = "primary";

// A proxy must be sooner by more than chance before somebody is sent there unasked.
const kWorth = 20;

export function pick(regions: Region[], kept: string, latencies: Record<string, number | null | undefined>): Region | undefined {
  const primary = regions.find((one) => one.name === kPrimary) ?? regions[0];
  const chosen = regions.find((one) => one.name === kept && one.healthy);
  if (chosen) return chosen;
  const able = regions.filter((one) => one.healthy && (one.wildcard_hostname !== "" || primary?.wildcard_hostname === ""));
  const cost = (one: Region) => (latencies[one.name] ?? Number.POSITIVE_INFINITY) + (one === primary ? 0 : kWorth);
  return able.reduce((best, one) => (best === undefined || cost(one) < cost(best) ? one : best), primary);
}

// What to go by: one's own choice, while it is well; until all have been measured, where it led to the last time.
export function wanted(regions: Region[], kept: string, before: string, settled: boolean): string {
  if (regions.some((one) => one.name === kept && one.healthy)) return kept;
  return settled ? "" : before;
}

// `host` is the wildcard host with its asterisk, or empty; `base` is what stands before the path of an app, empty for this server.
export type Entrance = { host: string; scheme: string; base: string };

export function entrance(region: Region | undefined, ours: Entrance): Entrance {
  if (!region || region.name === kPrimary || !/^https?:\/\//.test(region.path_app_url)) return ours;
  const base = region.path_app_url.replace(/\/+$/, "");
  return region.wildcard_hostname === "" ? { ...ours, base } : { host: region.wildcard_hostname, scheme: `${base.slice(0, base.indexOf(":"))}:`, base };
}

const kBefore = "slipway-region-before";
const ofHere = keptWord("slipway-region");

// An empty name: the one that answers soonest.
export const chooseRegion = ofHere.choose;

export const latencyAddress = (region: Pick<Region, "name" | "path_app_url">): string => (region.name === kPrimary ? "" : region.path_app_url.replace(/\/+$/, ""));

// `known`: whether apps have hosts of their own has been answered; `placed`: which proxies there are.
export type Regions = { all: Region[]; kept: string; chosen: Region | undefined; entrance: Entrance; known: boolean; placed: boolean; latencies: Record<string, number | null | undefined> };

export function useRegions(): Regions {
  const regions = useQuery(regionsQuery);
  const all = regions.data ?? [];
  const kept = ofHere.useWord();
  const several = all.length > 1;
  const measured = useQueries({ queries: several ? all.map((one) => latencyQuery(latencyAddress(one), one.healthy)) : [] });
  const latencies = Object.fromEntries(measured.map((one, i) => [all[i]?.name ?? "", one.data]));
  const settled = measured.every((one, i) => !one.isPending || !all[i]?.healthy);
  const chosen = pick(all, wanted(all, kept, localStorage.getItem(kBefore) ?? "", settled), latencies);
  const soonest = several && settled && chosen && chosen.name !== kept ? chosen.name : undefined;
  useEffect(() => {
    if (soonest !== undefined) localStorage.setItem(kBefore, soonest);
  }, [soonest]);
  const { data, isPending } = useQuery(appHost);
  const ours = { host: data?.host ?? "", scheme: window.location.protocol, base: "" };
  return { all, kept, chosen, entrance: entrance(chosen, ours), known: !isPending, placed: !regions.isPending, latencies };
}
