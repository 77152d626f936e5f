import { Modal, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/account";
import { words as common } from "@/strings/common";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";
import { tokenConfig, useCreateToken } from "@/users/queries";

const kDayNs = 86_400 * 1e9;
const kUsualDays = "30";

export function NewToken({ onClose }: { onClose: () => void }) {
  const create = useCreateToken();
  const most = useQuery(tokenConfig).data?.max_token_lifetime ?? Number.POSITIVE_INFINITY;
  const [name, setName] = useState("");
  const [chosen, setDays] = useState<string>();
  const error = create.error instanceof ApiError ? create.error : undefined;
  const choices = Object.entries(words.lives).filter(([n]) => Number(n) * kDayNs <= most);
  const days = chosen ?? (choices.some(([n]) => n === kUsualDays) ? kUsualDays : choices.at(-1)?.[0]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    create.mutate({ token_name: name.trim(), lifetime: days === undefined ? most : Number(days) * kDayNs });
  };
  return (
    <Modal opened onClose={onClose} title={words.tokenNew} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      {create.data ? (
        <div className="form">
          <p>{words.tokenMade}</p>
          <CopyLine text={create.data.key} label={words.tokenCopy} />
          <div className="form-acts" style={{ justifyContent: "flex-end" }}>
            <Button kind="main" onClick={onClose}>
              {words.done}
            </Button>
          </div>
        </div>
      ) : (
        <form className="form" onSubmit={submit}>
          <TextInput label={words.tokenName} description={words.tokenNameHint} value={name} data-autofocus autoComplete="off" error={error?.field("token_name") ?? error?.field("name")} onChange={(event) => setName(event.currentTarget.value)} />
          {choices.length > 0 && <Select label={words.tokenLife} data={choices.map(([value, label]) => ({ value, label }))} value={days ?? null} allowDeselect={false} onChange={(value) => setDays(value ?? undefined)} />}
          {error && error.fields.length === 0 && <Failure error={error} />}
          <div className="form-acts" style={{ justifyContent: "flex-end" }}>
            <Button onClick={onClose}>{common.cancel}</Button>
            <Button type="submit" kind="main" disabled={name.trim() === ""} busy={create.isPending}>
              {words.tokenMake}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
