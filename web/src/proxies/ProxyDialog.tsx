// Adds a proxy, or changes what it is called. Its token is shown once, with the command that uses it.
import type { WorkspaceProxy } from "@gen";
import { Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { words as common } from "@/strings/common";
import { words } from "@/strings/proxies";
import { CopyLine, Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";
import { toast } from "@/ui/toast";
import { useAddProxy, useChangeProxy } from "./queries";
import { isProxyName, proxyName, startCommand } from "./state";

export function ProxyDialog({ proxy, onClose }: { proxy: WorkspaceProxy | undefined; onClose: () => void }) {
  const [token, setToken] = useState<string>();
  const title = token !== undefined ? words.add : proxy ? words.editTitle(proxyName(proxy)) : words.addTitle;
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={token === undefined} closeOnEscape={token === undefined} title={title} centered size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      {token === undefined ? <Form proxy={proxy} onClose={onClose} onToken={setToken} /> : <Token token={token} onClose={onClose} />}
    </Modal>
  );
}

type FormProps = { proxy: WorkspaceProxy | undefined; onClose: () => void; onToken: (token: string) => void };

function Form({ proxy, onClose, onToken }: FormProps) {
  const add = useAddProxy();
  const change = useChangeProxy();
  const [form, setForm] = useState({ name: proxy?.name ?? "", display_name: proxy?.display_name ?? "", icon: proxy?.icon_url ?? "" });
  const [tried, setTried] = useState(false);
  const problem = add.error ?? change.error;
  const error = problem instanceof ApiError ? problem : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isProxyName(form.name)) return;
    if (proxy) change.mutate({ id: proxy.id, ...form, regenerate_token: false }, { onSuccess: () => (toast(common.saved), onClose()) });
    else add.mutate(form, { onSuccess: (made) => onToken(made.proxy_token) });
  };
  const field = (key: keyof typeof form) => ({
    value: form[key],
    autoComplete: "off",
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setForm((old) => ({ ...old, [key]: value }));
    },
  });
  return (
    <form className="form" onSubmit={submit} noValidate>
      <TextInput {...field("name")} label={words.name} description={words.nameHint} data-autofocus error={(tried && !isProxyName(form.name) ? words.nameBad : undefined) ?? error?.field("name")} />
      <TextInput {...field("display_name")} label={words.displayName} description={words.displayNameHint} error={error?.field("display_name")} />
      <TextInput {...field("icon")} label={words.icon} description={words.iconHint} leftSection={<Picture url={form.icon} name={form.name} size={18} />} error={error?.field("icon")} />
      {error && error.fields.length === 0 && <Failure error={error} />}
      <div className="form-acts" style={{ justifyContent: "flex-end" }}>
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" kind="main" busy={add.isPending || change.isPending}>
          {proxy ? common.save : words.make}
        </Button>
      </div>
    </form>
  );
}

export function Token({ token, onClose }: { token: string; onClose: () => void }) {
  return (
    <div className="form">
      <p>{words.token}</p>
      <CopyLine text={token} label={words.tokenCopy} />
      <p>{words.run}</p>
      <CopyLine text={startCommand(window.location.origin)} label={words.runCopy} />
      <div className="form-acts" style={{ justifyContent: "flex-end" }}>
        <Button kind="main" onClick={onClose}>
          {words.done}
        </Button>
      </div>
    </div>
  );
}
