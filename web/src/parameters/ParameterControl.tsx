// The control of a parameter, by the form its author chose. Every one carries the parameter's name as its label.
import { Checkbox, MultiSelect, NumberInput, PasswordInput, Select, Slider, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { words as common } from "@/strings/common";
import { words } from "@/strings/parameters";
import type { FormParameter } from "@/templates/queries";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { Options } from "./Options";
import { controlOf, formatList, parseList } from "./validate";

type ControlProps = { parameter: FormParameter; value: string; onChange: (value: string) => void; label: string; describedBy: string; bad: boolean; disabled: boolean };

export function ParameterControl({ parameter: p, value, onChange, label, describedBy, bad, disabled }: ControlProps) {
  const shared = { "aria-label": label, "aria-describedby": describedBy, error: bad, disabled: disabled || p.styling.disabled === true };
  const placeholder = p.styling.placeholder;
  const options = p.options.map((o) => ({ value: o.value, label: o.name }));
  const draw = {
    input: () => (p.styling.mask_input ? <Masked {...shared} placeholder={placeholder} value={value} onChange={onChange} /> : <TextInput {...shared} placeholder={placeholder} value={value} onChange={(e) => onChange(e.currentTarget.value)} />),
    textarea: () => <Textarea {...shared} placeholder={placeholder} className={p.styling.mask_input ? "parameter-masked" : ""} autoComplete="off" spellCheck={!p.styling.mask_input} value={value} rows={4} onChange={(e) => onChange(e.currentTarget.value)} />,
    number: () => <NumberInput {...shared} placeholder={placeholder} value={value} allowDecimal={false} onChange={(v) => onChange(String(v))} {...range(p)} clampBehavior="none" />,
    slider: () => <NumberSlider p={p} value={value} onChange={onChange} label={label} disabled={disabled} />,
    checkbox: () => <Checkbox {...shared} label={value === "true" ? common.yes : common.no} checked={value === "true"} onChange={(e) => onChange(String(e.currentTarget.checked))} />,
    switch: () => <Switch {...shared} label={value === "true" ? common.yes : common.no} checked={value === "true"} onChange={(e) => onChange(String(e.currentTarget.checked))} />,
    radio: () => <Options parameter={p} value={value} onChange={onChange} label={label} describedBy={describedBy} disabled={disabled} />,
    dropdown: () => (
      <Select
        {...shared}
        data={options}
        value={value || null}
        placeholder={placeholder ?? words.choose}
        allowDeselect={!p.required}
        searchable={options.length > 8}
        onChange={(v) => onChange(v ?? "")}
        leftSection={chosenPicture(p, value)}
        renderOption={({ option }) => <OptionWords p={p} value={option.value} />}
      />
    ),
    "multi-select": () => <MultiSelect {...shared} placeholder={placeholder} data={options} value={parseList(value)} onChange={(v) => onChange(formatList(v))} renderOption={({ option }) => <OptionWords p={p} value={option.value} />} />,
    "tag-select": () => <TagsInput {...shared} value={parseList(value)} placeholder={placeholder ?? words.addTag} onChange={(v) => onChange(formatList(v))} />,
    error: () => (
      <div className="notice" data-tone="bad">
        <Icon name="warning" />
        <p>{words.cannotDraw}</p>
      </div>
    ),
  };
  return draw[controlOf(p)]();
}

type MaskedProps = { "aria-label": string; "aria-describedby": string; error: boolean; disabled: boolean; placeholder: string | undefined; value: string; onChange: (value: string) => void };

// Hidden as a password is, but nothing that a browser should keep or offer as one.
function Masked({ value, onChange, placeholder, ...shared }: MaskedProps) {
  return <PasswordInput {...shared} {...(placeholder === undefined ? {} : { placeholder })} value={value} autoComplete="one-time-code" spellCheck={false} visibilityToggleButtonProps={{ "aria-label": words.showMasked }} onChange={(e) => onChange(e.currentTarget.value)} />;
}

function range(p: FormParameter): { min?: number; max?: number } {
  return { ...(p.validation_min === undefined ? {} : { min: p.validation_min }), ...(p.validation_max === undefined ? {} : { max: p.validation_max }) };
}

function chosenPicture(p: FormParameter, value: string) {
  const option = p.options.find((o) => o.value === value);
  return option?.icon ? <Picture url={option.icon} name={option.name} size={18} /> : undefined;
}

function OptionWords({ p, value }: { p: FormParameter; value: string }) {
  const option = p.options.find((o) => o.value === value);
  if (!option) return value;
  return (
    <span className="row">
      {option.icon && <Picture url={option.icon} name={option.name} size={18} />}
      <span>
        {option.name}
        {option.description && <span className="muted small"> {option.description}</span>}
      </span>
    </span>
  );
}

function NumberSlider({ p, value, onChange, label, disabled }: { p: FormParameter; value: string; onChange: (value: string) => void; label: string; disabled: boolean }) {
  const min = p.validation_min ?? 0;
  const max = p.validation_max ?? 100;
  const at = Number.isNaN(Number(value)) || value === "" ? min : Number(value);
  return (
    <div className="parameter-slider">
      <Slider min={min} max={max} value={at} onChange={(v) => onChange(String(v))} disabled={disabled} thumbLabel={label} label={null} marks={[{ value: min, label: min }, { value: max, label: max }]} />
      <output>{value || min}</output>
    </div>
  );
}
