// The terminal wears what the page wears: its colours are read from the tokens.
import type { ITheme } from "@xterm/xterm";

export function terminalColours(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const light = document.documentElement.dataset.theme === "light";
  return {
    background: token("sunken"),
    foreground: token("ink"),
    cursor: token("launch"),
    cursorAccent: token("sunken"),
    selectionBackground: `${token("launch")}55`,
    black: light ? "#14212b" : "#24303a",
    red: token("bad"),
    green: token("good"),
    yellow: token("wait"),
    blue: light ? "#2457a6" : "#6ea8ff",
    magenta: light ? "#8a3a86" : "#d58bd0",
    cyan: token("launch"),
    white: light ? "#51616d" : "#c9d5db",
    brightBlack: token("muted"),
    brightRed: light ? "#8f1d16" : "#ff9087",
    brightGreen: light ? "#14603a" : "#7fe0ad",
    brightYellow: light ? "#7d4900" : "#f5c277",
    brightBlue: light ? "#173f7d" : "#9cc4ff",
    brightMagenta: light ? "#6b2968" : "#e9b1e5",
    brightCyan: light ? "#085369" : "#7fd3ea",
    brightWhite: light ? "#14212b" : "#ffffff",
  };
}
