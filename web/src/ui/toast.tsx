import { useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/common";
import { Button, IconButton } from "./Button";

type Act = { label: string; run: () => void };
type Note = { id: number; text: string; detail: string; tone: "good" | "bad"; act: Act | undefined };
let notes: Note[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(list: Note[]): void {
  notes = list;
  for (const tell of listeners) tell();
}

const kStaysMs = 6000;

export function toast(text: string, tone: Note["tone"] = "good", detail = "", act?: Act): void {
  const id = next++;
  set([...notes.filter((note) => note.text !== text), { id, text, detail, tone, act }].slice(-4));
  if (tone === "good") window.setTimeout(() => dismiss(id), kStaysMs);
}

// What was done, and the way back.
export const toastUndo = (text: string, undo: () => void): void => toast(text, "good", "", { label: words.undo, run: undo });

// A session that ended says so by itself, in a dialog over the page.
const ended = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

// What was not done, by its own name, and why.
export function toastFailed(what: string, error: unknown): void {
  if (!ended(error)) toast(what, "bad", error instanceof Error ? error.message : words.unknownError);
}

export function toastError(error: unknown): void {
  if (ended(error)) return;
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
  // Above dialogs, which stand outside the page: what was done in one can be undone while it is open.
  return createPortal(
    <div className="toasts" role="status" aria-live="polite">
      {list.map((note) => (
        <div key={note.id} className="toast" data-tone={note.tone}>
          <div className="grow">
            <p>{note.text}</p>
            {note.detail && <p className="muted small">{note.detail}</p>}
          </div>
          {note.act && (
            <Button
              size="small"
              onClick={() => {
                dismiss(note.id);
                note.act?.run();
              }}
            >
              {note.act.label}
            </Button>
          )}
          <IconButton icon="cross" label={words.close} onClick={() => dismiss(note.id)} />
        </div>
      ))}
    </div>,
    document.body,
  );
}
