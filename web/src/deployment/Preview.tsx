// The head of every page as it will be, in both looks. For eyes alone: all that it says stands in the form.
import { words as common } from "@/strings/common";
import { words } from "@/strings/deployment";
import { BannerLine, isShown } from "./Banners";
import type { Draft } from "./draft";
import { Logo } from "@/ui/Logo";

const kLooks = ["light", "dark"] as const;

export function Preview({ draft }: { draft: Draft }) {
  const name = draft.name.trim();
  const logo = draft.logo.trim();
  return (
    <div className="stack" aria-hidden="true" inert>
      {kLooks.map((look) => (
        <figure key={look} className="preview">
          <div className="preview-frame" data-look={look}>
            {draft.banners.filter(isShown).map((banner) => (
              <BannerLine key={banner.key} banner={banner} />
            ))}
            <div className="preview-top">
              <Logo url={logo} />
              {(name !== "" || logo === "") && <span className="clip">{name || common.product}</span>}
            </div>
            <div className="preview-page">
              <i />
              <i />
              <i />
            </div>
          </div>
          <figcaption className="muted small">{words[look]}</figcaption>
        </figure>
      ))}
    </div>
  );
}
