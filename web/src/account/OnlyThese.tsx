// The workspaces and templates that a token is good for, found by two letters of their name. None: all.
import type { APIAllowListTarget } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/account";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { templatesLike, workspacesLike } from "./queries";

export type Only = { type: "workspace" | "template"; id: string; name: string; template?: string };

// A workspace without its template could neither be started nor stopped.
export function targets(list: Only[]): APIAllowListTarget[] {
  const all = list.flatMap((one) => [{ type: one.type as string, id: one.id }, ...(one.template ? [{ type: "template", id: one.template }] : [])]);
  return all.filter((one, i) => all.findIndex((other) => other.type === one.type && other.id === one.id) === i);
}

export function OnlyThese({ value, problem, onChange }: { value: Only[]; problem: string | undefined; onChange: (next: Only[]) => void }) {
  const [text, setText] = useState("");
  const like = text.trim();
  const workspaces = useQuery(workspacesLike(like)).data?.workspaces ?? [];
  const templates = useQuery(templatesLike(like)).data ?? [];
  const found: Only[] = [
    ...workspaces.map((w): Only => ({ type: "workspace", id: w.id, name: `${w.owner_name}/${w.name}`, template: w.template_id })),
    ...templates.map((t): Only => ({ type: "template", id: t.id, name: t.display_name || t.name })),
  ].filter((one) => !value.some((other) => other.type === one.type && other.id === one.id));
  const data = (["workspace", "template"] as const)
    .map((type) => ({ group: words.tokenOnlyKinds[type] ?? type, items: found.filter((one) => one.type === type).map((one) => ({ value: `${type}:${one.id}`, label: one.name })) }))
    .filter((group) => group.items.length > 0);
  const pick = (key: string | null) => {
    const one = found.find(({ type, id }) => `${type}:${id}` === key);
    if (!one) return;
    setText("");
    onChange([...value, one]);
  };
  return (
    <div>
      <Select
        label={words.tokenOnly}
        description={words.tokenOnlyHint}
        placeholder={words.tokenOnlyFind}
        searchable
        data={data}
        filter={({ options }) => options}
        value={null}
        searchValue={text}
        onSearchChange={setText}
        onChange={pick}
        error={problem}
      />
      <ul className="token-only">
        {value.map((one) => (
          <li key={one.id}>
            <Icon name={one.type === "workspace" ? "workspaces" : "templates"} /> <span className="grow">{one.name}</span>
            <IconButton icon="cross" label={words.tokenOnlyRemove(one.name)} onClick={() => onChange(value.filter((other) => other !== one))} />
          </li>
        ))}
      </ul>
    </div>
  );
}
