// Checks of parameter values while typing; the server judges again. Values travel as strings, lists as JSON arrays.
import type { TemplateVersionParameter } from "@gen";
import { words } from "@/strings/parameters";

export type Values = Record<string, string>;
export type Control = "input" | "number" | "textarea" | "radio" | "dropdown" | "checkbox" | "switch" | "slider" | "multi-select" | "tag-select" | "error";

export function parseList(value: string): string[] {
  if (value === "") return [];
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}

export function formatList(list: string[]): string {
  return JSON.stringify(list);
}

// Which control draws a parameter: what the author chose where it fits the type, else the usual one for the type.
export function controlOf(p: TemplateVersionParameter): Control {
  const options = p.options.length > 0;
  if (p.form_type === "error") return "error";
  if (p.type === "list(string)") return options ? "multi-select" : "tag-select";
  if (p.type === "bool" && !options) return p.form_type === "switch" ? "switch" : "checkbox";
  if (options) return p.form_type === "dropdown" ? "dropdown" : "radio";
  if (p.type === "number") return p.form_type === "slider" && bounded(p) ? "slider" : "number";
  return p.form_type === "textarea" ? "textarea" : "input";
}

function bounded(p: TemplateVersionParameter): boolean {
  return p.validation_min !== undefined && p.validation_max !== undefined;
}

export function validate(p: TemplateVersionParameter, value: string, previous?: string): string | undefined {
  if (controlOf(p) === "error") return p.validation_error || words.cannotDraw;
  if (p.type === "list(string)") return validateList(p, value);
  if (value === "") return p.required ? words.required : undefined;
  if (p.options.length > 0) return p.options.some((o) => o.value === value) ? undefined : words.notAnOption;
  if (p.type === "number") return validateNumber(p, value, previous);
  if (p.type === "bool") return value === "true" || value === "false" ? undefined : words.notBool;
  return validatePattern(p, value);
}

function validateList(p: TemplateVersionParameter, value: string): string | undefined {
  const list = parseList(value);
  if (value !== "" && !isList(value)) return words.notList;
  if (p.required && list.length === 0) return words.requiredList;
  if (p.options.length > 0 && !list.every((item) => p.options.some((o) => o.value === item))) return words.notAnOption;
  return undefined;
}

function isList(value: string): boolean {
  try {
    return Array.isArray(JSON.parse(value));
  } catch {
    return false;
  }
}

function fill(p: TemplateVersionParameter, value: string, usual: string): string {
  if (!p.validation_error) return usual;
  return p.validation_error
    .replaceAll("{value}", value)
    .replaceAll("{min}", String(p.validation_min ?? ""))
    .replaceAll("{max}", String(p.validation_max ?? ""));
}

function validateNumber(p: TemplateVersionParameter, value: string, previous?: string): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return words.notNumber;
  const n = Number(value);
  const { validation_min: min, validation_max: max } = p;
  if ((min !== undefined && n < min) || (max !== undefined && n > max)) return fill(p, value, words.range(min, max));
  if (previous === undefined || previous === "") return undefined;
  if (p.validation_monotonic === "increasing" && n < Number(previous)) return words.onlyUp(previous);
  if (p.validation_monotonic === "decreasing" && n > Number(previous)) return words.onlyDown(previous);
  return undefined;
}

function validatePattern(p: TemplateVersionParameter, value: string): string | undefined {
  if (!p.validation_regex) return undefined;
  let pattern: RegExp;
  try {
    pattern = new RegExp(p.validation_regex, "u");
  } catch {
    return undefined; // an expression only the server can read is judged there
  }
  return pattern.test(value) ? undefined : fill(p, value, words.pattern(p.validation_regex));
}

export function validateAll(list: TemplateVersionParameter[], values: Values, previous: Values = {}): Record<string, string> {
  const out: Record<string, string> = {};
  for (const p of list) {
    const problem = validate(p, values[p.name] ?? "", previous[p.name]);
    if (problem !== undefined) out[p.name] = problem;
  }
  return out;
}

// What to start from: a given value, else the author's default, else the control's natural zero.
export function initialValues(list: TemplateVersionParameter[], given: Values = {}): Values {
  const out: Values = {};
  for (const p of list) {
    const usual = p.default_value === "" && (controlOf(p) === "checkbox" || controlOf(p) === "switch") ? "false" : p.default_value;
    out[p.name] = p.ephemeral ? usual : (given[p.name] ?? usual);
  }
  return out;
}
