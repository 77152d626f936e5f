// One question, one consequence, two ways out. With `type`, the name must be typed to go on.
import { Modal, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { words } from "@/strings/common";
import { Button } from "./Button";

export type ConfirmProps = {
  open: boolean;
  title: string;
  act: string;
  danger?: boolean;
  busy?: boolean;
  type?: { label: string; value: string };
  onClose: () => void;
  onYes: () => void;
  children?: ReactNode;
};

export function ConfirmDialog({ open, title, act, danger, busy, type, onClose, onYes, children }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const ready = type === undefined || typed === type.value;
  const close = () => {
    setTyped("");
    onClose();
  };
  return (
    <Modal opened={open} onClose={close} title={title} centered closeButtonProps={{ "aria-label": words.close }} transitionProps={{ duration: 100 }}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onYes();
        }}
      >
        {children}
        {type && <TextInput label={type.label} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" data-autofocus />}
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button onClick={close}>{words.cancel}</Button>
          <Button type="submit" data-autofocus={danger || type ? undefined : true} kind={danger ? "danger" : "main"} disabled={!ready} busy={busy ?? false}>
            {act}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
