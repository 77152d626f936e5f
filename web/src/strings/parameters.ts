export const words = {
  required: "This needs a value.",
  requiredList: "Choose or type at least one.",
  notAnOption: "Choose one of the options.",
  notNumber: "Type a number.",
  notBool: "Choose yes or no.",
  notList: "This should be a list of words.",
  cannotDraw: "The template describes this parameter in a way that cannot be shown. Ask its author.",
  pattern: (regex: string) => `This does not match the pattern ${regex}`,
  range: (min?: number, max?: number) =>
    min !== undefined && max !== undefined
      ? `Choose a number from ${min} to ${max}.`
      : min !== undefined
        ? `Choose a number of at least ${min}.`
        : `Choose a number of at most ${max}.`,
  onlyUp: (previous: string) => `This can only grow: it is ${previous} now.`,
  onlyDown: (previous: string) => `This can only shrink: it is ${previous} now.`,
  immutable: "set once",
  immutableHint: "This value cannot be changed once the workspace exists.",
  ephemeral: "For this build only",
  ephemeralHint: "This value is used once and then forgotten.",
  optional: "Optional",
  presets: "Start from a preset",
  noPreset: "My own values",
  noPresetHint: "Choose each value below.",
  ready: "Ready in a second",
  parameters: "Parameters",
  none: "This template asks for nothing else.",
  addTag: "Type a value and press Enter",
  choose: "Choose",
  showMasked: "Show what was typed",
};
