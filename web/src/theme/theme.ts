// Which look is worn: kept on this device for the first paint, and in the account so it follows the person.
import { createTheme } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { words } from "@/strings/common";

export type Choice = "auto" | "light" | "dark" | "contrast";
export type Worn = "light" | "dark" | "contrast";

const kKey = "slipway-theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const contrast = window.matchMedia("(prefers-contrast: more)");
const listeners = new Set<() => void>();

function isChoice(text: string | null): text is Choice {
  return text === "auto" || text === "light" || text === "dark" || text === "contrast";
}

export function choice(): Choice {
  const kept = localStorage.getItem(kKey);
  return isChoice(kept) ? kept : "auto";
}

export function worn(): Worn {
  const wanted = choice();
  if (wanted !== "auto") return wanted;
  if (contrast.matches) return "contrast";
  return dark.matches ? "dark" : "light";
}

function apply(): void {
  const now = worn();
  document.documentElement.dataset.theme = now;
  document.documentElement.dataset.mantineColorScheme = now === "light" ? "light" : "dark";
  for (const tell of listeners) tell();
}

export function wear(next: Choice): void {
  localStorage.setItem(kKey, next);
  apply();
}

export function startTheme(): void {
  dark.addEventListener("change", apply);
  contrast.addEventListener("change", apply);
  apply();
}

export function useWorn(): Worn {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    worn,
  );
}

// The account's field for it: "auto", "light", "dark", or ours for high contrast.
export function fromAccount(preference: string | undefined): Choice | undefined {
  if (preference === "light" || preference === "dark" || preference === "auto") return preference;
  return preference === "contrast" ? "contrast" : undefined;
}

export const mantineTheme = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  primaryColor: "cyan",
  defaultRadius: "sm",
  respectReducedMotion: true,
  cursorType: "pointer",
  // What the widgets say by themselves, and how our dialogs are. The head of one is no banner of the page.
  components: {
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { "aria-label": words.showPassword } } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": words.close }, transitionProps: { duration: 100 } } },
    ModalHeader: { defaultProps: { role: "presentation" } },
  },
});
