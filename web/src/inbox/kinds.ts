// The kinds of what one is told: who they are for, and which way they go out.
import type { NotificationPreference, NotificationTemplate } from "@gen";
import type { Rights } from "@/me/queries";

export const kCode = "62f86a30-2330-4b61-a26d-311ff3b608cf"; // to reset a password: always by mail, to whoever asked

// For those who look after templates, and for those who look after accounts; the rest is for everybody.
const kTemplateAdmins = new Set([
  "2faeee0f-26cb-4e96-821c-85ccb9f71513",
  "281fdf73-c6d6-4cbb-8ff5-888baf8a2fff",
  "d089fe7b-d5c5-4c0c-aaf5-689859f7d392",
  "29a09665-2a4c-403f-9648-54301670e7be",
  "34a20db2-e9cc-4a93-b0e4-8569699d7a00",
  "89d9745a-816e-4695-a17f-3d0a229e2b8d",
  "414d9331-c1fc-4761-b40c-d1f4702279eb",
]);
const kUserAdmins = new Set([
  "4e19c0ac-94e1-4532-9515-d1801aa283b2",
  "f44d9314-ad03-4bc8-95d0-5cad491da6b6",
  "b02ddd82-4733-4d02-a2d7-c36f3598997d",
  "9f5af851-8408-4e73-a7a1-c6502ba46689",
]);
const kTests = new Set(["c425f63e-716a-4bf4-ae24-78348f706c3f"]);

export type Group = { name: string; kinds: NotificationTemplate[] };

// Those that can reach somebody with these rights, by group; what cannot be turned off is left out.
export function choosable(kinds: NotificationTemplate[], rights: Pick<Rights, "updateTemplate" | "updateUser">): Group[] {
  const groups: Group[] = [];
  for (const kind of kinds) {
    if (kind.id === kCode || kTests.has(kind.id)) continue;
    if (kTemplateAdmins.has(kind.id) && !rights.updateTemplate) continue;
    if (kUserAdmins.has(kind.id) && !rights.updateUser) continue;
    const group = groups.find((one) => one.name === kind.group);
    if (group) group.kinds.push(kind);
    else groups.push({ name: kind.group, kinds: [kind] });
  }
  const order = ["Workspace Events", "Template Events", "User Events"];
  const place = (group: Group) => (order.includes(group.name) ? order.indexOf(group.name) : order.length);
  return groups.sort((a, b) => place(a) - place(b));
}

export function isOn(kind: NotificationTemplate, chosen: NotificationPreference[]): boolean {
  const choice = chosen.find((one) => one.id === kind.id);
  return choice ? !choice.disabled : kind.enabled_by_default;
}

export type Way = "smtp" | "webhook" | "inbox";

export function wayOf(kind: NotificationTemplate, usual: string): Way {
  const way = kind.method || usual;
  return way === "webhook" || way === "inbox" ? way : "smtp";
}
