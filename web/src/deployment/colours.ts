// Grounds that people choose, and the ink that can be read on them.

type Parts = [red: number, green: number, blue: number];

// "#048", "#004488", "004488", as others write them.
export function hexOf(text: string): string | undefined {
  const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1]?.toLowerCase();
  if (found === undefined) return undefined;
  return `#${found.length === 3 ? [...found].map((digit) => digit + digit).join("") : found}`;
}

const partsOf = (hex: string): Parts => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Parts;

function luminance(hex: string): number {
  const [red, green, blue] = partsOf(hex).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Parts;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// WCAG's ratio, from 1 to 21.
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const kInk = "#000000";
const kPaper = "#ffffff";

// Of black and white the one that stands out: one of them has 4.5:1 on every ground.
export const inkOn = (ground: string): string => (contrast(ground, kPaper) >= contrast(ground, kInk) ? kPaper : kInk);

export const kGround = "#004852";
export const groundOf = (text: string | undefined): string => hexOf(text ?? "") ?? kGround;
