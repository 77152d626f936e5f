// The group of everybody has its organization's own id, and no name that could be changed.
import type { Group } from "@gen";
import { words } from "@/strings/groups";

export const isEveryone = (g: Pick<Group, "id" | "organization_id">): boolean => g.id === g.organization_id;
export const nameOf = (g: Pick<Group, "id" | "organization_id" | "display_name" | "name">): string => (isEveryone(g) ? words.everyone : g.display_name || g.name);

export const groupLike = (g: Group, text: string): boolean => `${g.name} ${nameOf(g)}`.toLowerCase().includes(text.trim().toLowerCase());
