// Presets as cards on top of the form; one waiting ready is said so.
import type { Preset } from "@gen";
import { words } from "@/strings/parameters";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";

export function Presets({ presets, chosen, waiting, onChoose }: { presets: Preset[]; chosen: string | undefined; waiting: ReadonlySet<string>; onChoose: (preset: Preset | undefined) => void }) {
  return (
    <div role="radiogroup" aria-label={words.presets} className="presets">
      {presets.map((preset) => (
        <label key={preset.ID} className="preset" data-on={chosen === preset.ID || undefined}>
          <input type="radio" name="preset" className="hidden-visually" checked={chosen === preset.ID} onChange={() => onChoose(preset)} />
          <span className="row">
            {preset.Icon && <Picture url={preset.Icon} name={preset.Name} size={20} />}
            <strong className="grow">{preset.Name}</strong>
            {chosen === preset.ID && <Icon name="check" />}
          </span>
          <span className="muted small">{preset.Description}</span>
          {waiting.has(preset.ID) && (
            <span className="badge" data-tone="good">
              <Icon name="bolt" size={11} /> {words.ready}
            </span>
          )}
        </label>
      ))}
      <label className="preset" data-on={chosen === undefined || undefined}>
        <input type="radio" name="preset" className="hidden-visually" checked={chosen === undefined} onChange={() => onChoose(undefined)} />
        <strong>{words.noPreset}</strong>
        <span className="muted small">{words.noPresetHint}</span>
      </label>
    </div>
  );
}
