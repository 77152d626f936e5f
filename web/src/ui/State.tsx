// Every state is a colour, a shape and a word.
export type Tone = "good" | "wait" | "bad" | "off";

function Shape({ tone, moving }: { tone: Tone; moving: boolean }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth="1.800">
      {tone === "good" && <circle cx="6" cy="6" r="4.500" fill="currentColor" stroke="none" />}
      {tone === "off" && <rect x="2.400" y="2.400" width="7.200" height="7.200" rx="1.200" />}
      {tone === "bad" && <path d="M6 1.200 11.300 10.600H.7z" fill="currentColor" stroke="none" />}
      {tone === "wait" && (
        <g className={moving ? "state-turn" : undefined}>
          <circle cx="6" cy="6" r="4.400" strokeOpacity=".3" />
          <path d="M6 1.600A4.400 4.400 0 0 1 10.400 6" strokeLinecap="round" />
        </g>
      )}
    </svg>
  );
}

export function State({ tone, word, moving = true }: { tone: Tone; word: string; moving?: boolean }) {
  return (
    <span className="state" data-tone={tone}>
      <Shape tone={tone} moving={moving} />
      <span className="clip" title={word}>
        {word}
      </span>
    </span>
  );
}
