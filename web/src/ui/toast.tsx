import { useSyncExternalStore } from "react";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/common";
import { IconButton } from "./Button";

type Note = { id: number; text: string; detail: string; tone: "good" | "bad" };
let notes: Note[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(list: Note[]): void {
  notes = list;
  for (const tell of listeners) tell();
}

export function toast(text: string, tone: Note["tone"] = "good", detail = ""): void {
  const id = next++;
  set([...notes.filter((note) => note.text !== text), { id, text, detail, tone }].slice(-4));
  if (tone === "good") window.setTimeout(() => dismiss(id), 4000);
}

export function toastError(error: unknown): void {
  toast(error instanceof Error ? error.message : words.unknownError, "bad", error instanceof ApiError ? error.detail || (error.fields[0]?.detail ?? "") : "");
}

function dismiss(id: number): void {
  set(notes.filter((note) => note.id !== id));
}

export function Toasts() {
  const list = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => notes,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((note) => (
        <div key={note.id} className="toast" data-tone={note.tone}>
          <div className="grow">
            <p>{note.text}</p>
            {note.detail && <p className="muted small">{note.detail}</p>}
          </div>
          <IconButton icon="cross" label={words.close} onClick={() => dismiss(note.id)} />
        </div>
      ))}
    </div>
  );
}
