// The look, shown as small pictures of itself: kept here at once, and in the account for other devices.
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/account";
import { type Choice, choice, useWorn, wear } from "@/theme/theme";
import { toastError } from "@/ui/toast";
import { appearanceQuery, useSetAppearance } from "@/users/queries";
import "./look.css";

const kSamples: Record<Choice, [string, string, string]> = {
  auto: ["linear-gradient(105deg, #fbfbf9 50%, #0e1418 50%)", "linear-gradient(105deg, #f2f3f0 50%, #151d23 50%)", "#0b6e8a"],
  light: ["#fbfbf9", "#f2f3f0", "#0b6e8a"],
  dark: ["#0e1418", "#151d23", "#3fb4d3"],
  contrast: ["#000000", "#000000", "#5fdcff"],
};

export function Look() {
  useWorn();
  const kept = useQuery(appearanceQuery).data;
  const save = useSetAppearance();
  const now = choice();
  const choose = (next: Choice) => {
    wear(next);
    const rest = { theme_mode: kept?.theme_mode ?? "", theme_light: kept?.theme_light ?? "", theme_dark: kept?.theme_dark ?? "", terminal_font: kept?.terminal_font ?? "" } as const;
    save.mutate({ theme_preference: next, ...rest }, { onError: (error) => !(error instanceof ApiError && error.missing) && toastError(error) });
  };
  return (
    <div role="radiogroup" aria-label={words.theme} className="themes">
      {(Object.keys(kSamples) as Choice[]).map((look) => {
        const [page, rail, line] = kSamples[look];
        return (
          <label key={look} className="theme" data-on={look === now || undefined}>
            <input type="radio" name="theme" className="hidden-visually" checked={look === now} onChange={() => choose(look)} />
            <span className="theme-view" aria-hidden="true" style={{ background: page }}>
              <i style={{ background: rail }} />
              <i style={{ borderTop: `3px solid ${line}`, margin: "14px 16px" }} />
            </span>
            <span className="theme-words">
              <strong>{words.themes[look]}</strong>
              <span className="muted small">{words.themeHints[look]}</span>
            </span>
          </label>
        );
      })}
    </div>
  );
}
