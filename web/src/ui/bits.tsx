// Small things used everywhere: time, copy, pictures, avatars.
import { useEffect, useState, type ReactNode } from "react";
import { toClipboard } from "@/lib/browser";
import { ago, exactTime, parseTime } from "@/lib/time";
import { words } from "@/strings/common";
import { Button, IconButton } from "./Button";
import { picture } from "./pictures";
import { toast } from "./toast";

export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Ago({ at, never = words.never }: { at: string | null | undefined; never?: string }) {
  const now = useNow(30_000);
  const time = parseTime(at);
  if (time === undefined) return <span className="muted">{never}</span>;
  return (
    <time dateTime={new Date(time).toISOString()} title={exactTime(time)} className="nowrap">
      {ago(time, now)}
      <span className="hidden-visually">, {exactTime(time)}</span>
    </time>
  );
}

export async function copyText(text: string): Promise<void> {
  if (await toClipboard(text)) toast(words.copied);
  else toast(words.notCopied, "bad");
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  return <IconButton icon="copy" label={label} onClick={() => void copyText(text)} />;
}

export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <div className="copy-line">
      <code>{text}</code>
      <Button size="small" icon="copy" aria-label={label} onClick={() => void copyText(text)}>
        {words.copy}
      </Button>
    </div>
  );
}

export function Picture({ url, name, size = 20 }: { url?: string | undefined; name: string; size?: number }) {
  const [broken, setBroken] = useState("");
  const found = picture(url);
  const image = found?.kind === "image" && broken !== found.source ? found.source : undefined;
  const letter = found?.kind === "emoji" ? found.text : name.slice(0, 1);
  return (
    <span className="picture" data-plain={image !== undefined || found?.kind === "emoji" || undefined} style={{ width: size, height: size, fontSize: size * (found?.kind === "emoji" ? 0.8 : 0.5) }} aria-hidden="true">
      {image !== undefined ? <img src={image} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(image)} /> : letter}
    </span>
  );
}

export function Avatar({ name, url, size = 24 }: { name: string; url?: string | undefined; size?: number }) {
  const [broken, setBroken] = useState("");
  const found = picture(url);
  const source = found?.kind === "image" ? found.source : undefined;
  return (
    <span className="avatar" style={{ width: size, height: size, fontSize: size * 0.45 }} aria-hidden="true">
      {source && broken !== source ? <img src={source} alt="" referrerPolicy="no-referrer" onError={() => setBroken(source)} /> : name.slice(0, 1)}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd>{children}</kbd>;
}
