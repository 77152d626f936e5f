// Options as rows with a native radio each, so arrows, names and forms work as people expect.
import type { TemplateVersionParameter } from "@gen";
import { useId } from "react";
import { Picture } from "@/ui/bits";

type OptionsProps = { parameter: TemplateVersionParameter; value: string; onChange: (value: string) => void; label: string; describedBy: string; disabled: boolean };

export function Options({ parameter, value, onChange, label, describedBy, disabled }: OptionsProps) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} aria-describedby={describedBy} className="options">
      {parameter.options.map((option) => (
        <label key={option.value} className="option" data-on={option.value === value || undefined} data-off={disabled || undefined}>
          <input type="radio" name={name} value={option.value} checked={option.value === value} disabled={disabled} onChange={() => onChange(option.value)} />
          {option.icon && <Picture url={option.icon} name={option.name} size={20} />}
          <span className="option-words">
            {option.name}
            {option.description && <span className="muted small">{option.description}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}
