// What is shown once, and never again: nothing closes it by accident, only its button does.
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { words } from "@/strings/common";
import { Button } from "./Button";

export function Once({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Modal opened onClose={onClose} title={title} centered withCloseButton={false} closeOnClickOutside={false} closeOnEscape={false} transitionProps={{ duration: 0 }}>
      <div className="form">
        {children}
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button kind="main" onClick={onClose}>
            {words.done}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
