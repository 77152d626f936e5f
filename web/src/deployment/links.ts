// Links that the deployment offers everybody: where they may lead, and which drawing stands for them.
import type { AppearanceConfig, LinkConfig } from "@gen";
import type { IconName } from "@/ui/Icon";
import { words } from "@/strings/deployment";
import { address } from "./inline";

const kIcons: Record<string, IconName> = { bug: "warning", chat: "info", docs: "file", star: "bolt" };

export type SupportLink = { name: string; href: string; icon: IconName; inBar: boolean };

// A report of a fault wants to know the release: its place is filled in.
const filled = (target: string, version: string): string => target.replaceAll("{CODER_BUILD_INFO}", encodeURIComponent(version));

function linkOf(link: LinkConfig, version: string): SupportLink[] {
  const href = address(filled(link.target, version));
  return href === undefined ? [] : [{ name: link.name, href, icon: kIcons[link.icon] ?? "external", inBar: link.location === "navbar" }];
}

export function linksOf(appearance: AppearanceConfig | undefined, version: string): SupportLink[] {
  const docs: LinkConfig[] = appearance?.docs_url ? [{ name: words.docs, target: appearance.docs_url, icon: "docs" }] : [];
  return [...docs, ...(appearance?.support_links ?? [])].flatMap((link) => linkOf(link, version));
}
