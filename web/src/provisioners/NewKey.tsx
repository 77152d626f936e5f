// Makes a key. It is shown once, with the command that uses it, and the dialog does not close by accident then.
import type { Organization } from "@gen";
import { Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { words as common } from "@/strings/common";
import { words } from "@/strings/provisioners";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { FormEnd } from "@/ui/FormEnd";
import { useCreateKey } from "./queries";
import { isKeyName, readTags, startCommand } from "./state";

export function NewKey({ organization: o, onClose }: { organization: Organization; onClose: () => void }) {
  const [key, setKey] = useState<string>();
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={key === undefined} closeOnEscape={key === undefined} withCloseButton={key === undefined} title={key === undefined ? words.newKey : words.keyMade} centered size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      {key === undefined ? <Form organization={o} onClose={onClose} onKey={setKey} /> : <Made secret={key} onClose={onClose} />}
    </Modal>
  );
}

function Form({ organization: o, onClose, onKey }: { organization: Organization; onClose: () => void; onKey: (key: string) => void }) {
  const create = useCreateKey(o.id);
  const [form, setForm] = useState({ name: "", tags: "" });
  const [tried, setTried] = useState(false);
  const tags = readTags(form.tags);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isKeyName(form.name) || !tags) return;
    create.mutate({ name: form.name, tags }, { onSuccess: (made) => onKey(made.key) });
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <TextInput label={words.keyName} description={words.keyNameHint} data-autofocus autoComplete="off" value={form.name} error={(tried && !isKeyName(form.name) ? words.keyNameBad : undefined) ?? error?.field("name")} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
      <TextInput label={words.keyTags} description={words.keyTagsHint} autoComplete="off" spellCheck={false} value={form.tags} error={(tried && !tags ? words.keyTagsBad : undefined) ?? error?.field("tags")} onChange={(e) => setForm({ ...form, tags: e.currentTarget.value })} />
      <FormEnd error={error} act={words.keyMake} busy={create.isPending} onCancel={onClose} />
    </form>
  );
}

function Made({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <div className="form">
      <p>{words.keyOnce}</p>
      <CopyLine text={secret} label={words.keyCopy} />
      <p>{words.keyRun}</p>
      <CopyLine text={startCommand(window.location.origin)} label={words.keyRunCopy} />
      <div className="form-acts" style={{ justifyContent: "flex-end" }}>
        <Button kind="main" onClick={onClose}>
          {words.keyDone}
        </Button>
      </div>
    </div>
  );
}
