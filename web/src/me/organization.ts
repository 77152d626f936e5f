// Which organization the lists are about: one that was chosen on this device, or all that this person is in.
import type { Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { hasKey } from "@/lib/filter";
import { keptWord } from "@/lib/kept";
import { organizations } from "./queries";

const kept = keptWord("slipway-organization");

export const chooseOrganization = kept.choose;
export const chosenOrganization = kept.read;

export type Organizations = {
  all: Organization[];
  chosen: Organization | undefined; // nothing: the lists are about all of them
  usual: Organization | undefined; // where something new goes
  known: boolean; // whether the server has said which there are
};

export function useOrganizations(): Organizations {
  const { data, isPending } = useQuery(organizations);
  const all = data ?? [];
  const name = kept.useWord();
  const chosen = all.length > 1 ? all.find((o) => o.name === name) : undefined;
  return { all, chosen, usual: chosen ?? all.find((o) => o.is_default) ?? all[0], known: !isPending };
}

// A filter kept to the chosen organization, unless it names one itself.
export function within(filter: string, chosen: Organization | undefined): string {
  return chosen && !hasKey(filter, "organization") ? `${filter} organization:${chosen.name}`.trim() : filter;
}
