import { Modal, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { words } from "@/strings/account";
import { words as common } from "@/strings/common";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Once } from "@/ui/Once";
import { toastFailed } from "@/ui/toast";
import { tokenConfig, useCreateToken } from "@/users/queries";
import { lives, nanoseconds } from "./lives";
import { type Only, OnlyThese, targets } from "./OnlyThese";
import { ScopeChoice, type Scopes } from "./ScopeChoice";
import { kEverything } from "./scopes";

export function NewToken({ onClose }: { onClose: () => void }) {
  const create = useCreateToken();
  const most = useQuery(tokenConfig).data?.max_token_lifetime;
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [scopes, setScopes] = useState<Scopes>([kEverything]);
  const [only, setOnly] = useState<Only[]>([]);
  const [tried, setTried] = useState(false);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const { choices, usual } = lives(most);
  const life = chosen ?? usual;
  const typed = name !== "" || only.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === "" || scopes.length === 0) return;
    const ask = { token_name: name.trim(), lifetime: nanoseconds(life, most), scopes, ...(only.length > 0 ? { allow_list: targets(only) } : {}) };
    create.mutate(ask, { onError: (problem) => problem instanceof ApiError && problem.fields.length === 0 && toastFailed(words.tokenNotMade, problem) });
  };
  if (create.data)
    return (
      <Once title={words.tokenNew} onClose={onClose}>
        <p>{words.tokenMade}</p>
        <CopyLine text={create.data.key} label={words.tokenCopy} />
      </Once>
    );
  return (
    <Modal opened onClose={onClose} title={words.tokenNew} size={640} yOffset="12dvh" closeOnClickOutside={!typed} closeOnEscape={!typed} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <form className="form" onSubmit={submit} noValidate>
        <TextInput
          label={words.tokenName}
          description={words.tokenNameHint}
          value={name}
          data-autofocus
          autoComplete="off"
          error={(tried && name.trim() === "" ? words.tokenNameMissing : undefined) ?? error?.field("token_name") ?? error?.field("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ScopeChoice value={scopes} problem={(tried && scopes.length === 0 ? words.tokenNothing : undefined) ?? error?.field("scopes") ?? error?.field("scope")} onChange={setScopes} />
        <OnlyThese value={only} problem={error?.field("allow_list")} onChange={setOnly} />
        <Select label={words.tokenLife} data={choices} value={life} allowDeselect={false} error={error?.field("lifetime")} onChange={(value) => value && setChosen(value)} />
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" kind="main" busy={create.isPending}>
            {words.tokenMake}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
