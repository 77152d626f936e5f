// Line icons on a 16 px grid, drawn for this dashboard. Always decorative: the words beside them carry the meaning.
const kPaths = {
  workspaces: "M2 10.500h12M3.200 10.500l1.300 2.700h7l1.300-2.700M8 2.500v8M8 3.200l4 5.300H8",
  templates: "M3 2.500h7l3 3v8H3zM10 2.500v3h3M5.500 8h5M5.500 10.500h5",
  people: "M6 7.500a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600zM1.800 13.200c0-2.400 1.900-3.900 4.200-3.900s4.200 1.500 4.200 3.900M10.800 3.200a2.200 2.200 0 0 1 0 4.200M12 9.600c1.400.5 2.300 1.800 2.300 3.600",
  building: "M3 13.500V3.500h6v10M9 6.500h4v7M1.800 13.500h12.400M5 6h2M5 8.500h2M5 11h2M11 9h.01M11 11h.01",
  account: "M8 7.800a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200zM3 13.500c0-2.700 2.200-4.200 5-4.200s5 1.500 5 4.200",
  search: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.300 10.300 14 14",
  play: "M5 3.200v9.600l7.500-4.800z",
  stop: "M4 4h8v8H4z",
  pause: "M5.500 3.500v9M10.500 3.500v9",
  restart: "M12.800 8a4.800 4.800 0 1 1-1.500-3.500M13 2v3h-3",
  terminal: "M2 3h12v10H2zM4.500 6l2 2-2 2M8.500 10.200h3",
  plus: "M8 3v10M3 8h10",
  check: "M3 8.500 6.500 12 13 4.500",
  cross: "M4 4l8 8M12 4l-8 8",
  copy: "M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z",
  dots: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  up: "M8 13V3M4 7l4-4 4 4",
  sortUp: "M4 10l4-4 4 4",
  sortDown: "M4 6l4 4 4-4",
  pin: "M6 2.500h4M6.500 2.500v4.300L4 9.500h8L9.500 6.800V2.500M8 9.500v4.500",
  external: "M9 2.500h4.500V7M13.500 2.500 7.500 8.500M11.500 9v4.500h-9v-9H7",
  trash: "M2.500 4.500h11M6 4.500v-2h4v2M4 4.500l.6 9h6.800l.6-9M6.700 7v4M9.300 7v4",
  pencil: "M3 13l.6-3L10.800 2.800l2.400 2.400L6 12.400zM9.300 4.300l2.400 2.400",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.200 1.500",
  warning: "M8 2.500 14.500 13.500h-13zM8 6.500v3.500M8 11.800v.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.300v3.700M8 5v.01",
  download: "M8 2.500v8M4.500 7.500 8 11l3.500-3.500M2.500 13.500h11",
  wrap: "M2 3.500h12M2 8h9a2.300 2.300 0 0 1 0 4.600H8.500M10 10.800l-1.800 1.800L10 14.400M2 12.600h3",
  fold: "M2 3.500h12M2 12.500h12M5 6.500 8 9.500l3-3",
  key: "M5.200 13a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM7.500 7.500 13.500 2M11 4.500l2 2",
  gear: "M8 10.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600 5 5M11 11l1.400 1.400M12.400 3.600 11 5M5 11l-1.400 1.400",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500",
  exit: "M6.500 2.500h-4v11h4M10 5l3 3-3 3M13 8H6",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 2 2.500 4 2.500 6S10 12 8 14c-2-2-2.500-4-2.500-6S6 4 8 2z",
  bolt: "M9 1.500 3.500 9H8l-1 5.500L12.500 7H8z",
  code: "M5.500 4.500 2 8l3.500 3.500M10.500 4.500 14 8l-3.500 3.500",
  lock: "M4 7h8v6.500H4zM5.500 7V5a2.500 2.500 0 0 1 5 0v2",
  coins: "M3 4.500a5 2 0 1 0 10 0a5 2 0 1 0-10 0zM3 4.500V8c0 1.100 2.200 2 5 2s5-.9 5-2V4.500M3 8v3.500c0 1.100 2.200 2 5 2s5-.9 5-2V8",
  bell: "M8 2.300a4 4 0 0 0-4 4c0 3.700-1.500 4.700-1.500 4.700h11S12 10 12 6.300a4 4 0 0 0-4-4zM6.700 13.200a1.500 1.500 0 0 0 2.600 0",
  shield: "M8 1.800 13 3.600v4c0 3.200-2.100 5.500-5 6.600-2.900-1.100-5-3.400-5-6.600v-4z",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === "dots" ? 2.2 : 1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={kPaths[name]} />
    </svg>
  );
}

export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="var(--launch)" />
      <path d="M6 13.500 26 20l-2.600 4.200c-.3.500-.8.800-1.400.8H11.600c-.8 0-1.500-.5-1.800-1.200z" fill="var(--on-launch)" />
      <path d="M4.500 9.500 27.500 17" stroke="var(--on-launch)" strokeOpacity=".55" strokeWidth="2.200" strokeLinecap="round" />
    </svg>
  );
}

// A quiet drawing for empty places: a hull on its slip, and the water it waits for.
export function Harbour() {
  return (
    <svg className="harbour" viewBox="0 0 200 96" fill="none" strokeLinecap="round" strokeLinejoin="round" strokeWidth="1.600" aria-hidden="true" focusable="false">
      <path d="M8 40 120 74" stroke="var(--faint)" />
      <path d="M30 47v30M58 55v22M86 64v13" stroke="var(--line)" />
      <path d="M34 30l62 18-7 10c-1 1.400-2.400 1.800-4 1.400L46 48.500c-2-.5-3.300-1.500-4.300-3.300z" stroke="var(--launch)" fill="color-mix(in srgb, var(--launch) 10%, transparent)" />
      <path d="M66 38V10l18 29" stroke="var(--launch)" />
      <path d="M104 80c7-4 13-4 20 0s13 4 20 0 13-4 20 0 13 4 20 0M124 89c7-3 13-3 20 0s13 3 20 0" stroke="var(--faint)" />
    </svg>
  );
}
