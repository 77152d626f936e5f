// The appearance while it is edited.
import type { AppearanceConfig, BannerConfig, UpdateAppearanceConfig } from "@gen";
import { words } from "@/strings/deployment";
import { picture } from "@/ui/pictures";
import { hexOf, kGround } from "./colours";

export type BannerDraft = BannerConfig & { key: number };
export type Draft = { name: string; logo: string; banners: BannerDraft[] };

export const kLongestName = 64;

let next = 1;
export const freshBanner = (): BannerDraft => ({ key: next++, enabled: true, message: "", background_color: kGround });

export const draftOf = (kept: AppearanceConfig): Draft => ({
  name: kept.application_name,
  logo: kept.logo_url,
  banners: kept.announcement_banners.map((banner) => ({ ...banner, key: next++ })),
});

// What the server is told. A service banner is what older clients show: the first of the announcements.
export function askOf(draft: Draft): UpdateAppearanceConfig {
  const banners = draft.banners.map(({ enabled, message, background_color }): BannerConfig => ({ enabled, message: (message ?? "").trim(), background_color: hexOf(background_color ?? "") ?? kGround }));
  return { application_name: draft.name.trim(), logo_url: draft.logo.trim(), service_banner: banners[0] ?? { enabled: false }, announcement_banners: banners };
}

export const isChanged = (draft: Draft, kept: AppearanceConfig): boolean => JSON.stringify(askOf(draft)) !== JSON.stringify(askOf(draftOf(kept)));

export type Problems = { name?: string; logo?: string; banners: Record<number, { message?: string; colour?: string }> };

export function problemsOf(draft: Draft): Problems {
  const logo = draft.logo.trim();
  return {
    ...(draft.name.trim().length > kLongestName ? { name: words.nameLong } : {}),
    ...(logo !== "" && picture(logo)?.kind !== "image" ? { logo: words.logoBad } : {}),
    banners: Object.fromEntries(
      draft.banners.map((banner) => [
        banner.key,
        { ...((banner.message ?? "").trim() === "" ? { message: words.messageMissing } : {}), ...(hexOf(banner.background_color ?? "") ? {} : { colour: words.colourBad }) },
      ]),
    ),
  };
}

export const isGood = ({ name, logo, banners }: Problems): boolean => !name && !logo && Object.values(banners).every((one) => !one.message && !one.colour);
