// What is announced, above everything: words that can be read on whatever ground was chosen.
import type { BannerConfig } from "@gen";
import { useQuery } from "@tanstack/react-query";
import type { CSSProperties } from "react";
import { words } from "@/strings/deployment";
import { appearanceQuery } from "@/me/appearance";
import { groundOf, inkOn } from "./colours";
import { type Piece, pieces } from "./inline";
import "./banners.css";

export const isShown = (banner: BannerConfig): boolean => banner.enabled && (banner.message ?? "").trim() !== "";

export function Banners() {
  const shown = (useQuery(appearanceQuery).data?.announcement_banners ?? []).filter(isShown);
  if (shown.length === 0) return null;
  return (
    <aside className="banners" aria-label={words.announce}>
      {shown.map((banner, i) => (
        <BannerLine key={i} banner={banner} />
      ))}
    </aside>
  );
}

export function BannerLine({ banner }: { banner: BannerConfig }) {
  const ground = groundOf(banner.background_color);
  return (
    <p className="banner" style={{ "--ground": ground, "--on-ground": inkOn(ground) } as CSSProperties}>
      {pieces(banner.message ?? "").map((piece, i) => (
        <Words key={i} piece={piece} />
      ))}
    </p>
  );
}

function Words({ piece }: { piece: Piece }) {
  if ("href" in piece) {
    return (
      <a href={piece.href} target="_blank" rel="noopener noreferrer">
        {piece.text}
      </a>
    );
  }
  const As = piece.as;
  return As ? <As>{piece.text}</As> : piece.text;
}
