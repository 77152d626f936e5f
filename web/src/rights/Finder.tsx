// A field that finds single things on the server, and offers what is said of them in general.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { foundLike, namedQuery } from "./queries";

type FinderProps = { kind: string; label: string; hint: string; value: string; general?: { value: string; label: string }[]; prefix?: string; onChange: (next: string) => void };

export function Finder({ kind, label, hint, value, general = [], prefix = "", onChange }: FinderProps) {
  const [text, setText] = useState("");
  const single = value !== "" && value.startsWith(prefix) && !general.some((one) => one.value === value);
  const name = useQuery(namedQuery(kind, single ? value.slice(prefix.length) : "")).data;
  const chosen = single && name ? { value, label: name } : undefined;
  const like = text === chosen?.label || general.some((one) => one.label === text) ? "" : text.trim();
  const found = (useQuery(foundLike(kind, like)).data ?? []).map((one) => ({ value: `${prefix}${one.id}`, label: one.name }));
  const kept = general.filter((one) => like === "" || one.label.toLowerCase().includes(like.toLowerCase()));
  const data = [...(chosen && !found.some((one) => one.value === value) ? [chosen] : []), ...kept, ...found];
  return (
    <Select
      label={label}
      placeholder={hint}
      searchable={kind !== ""}
      data={data}
      filter={({ options }) => options}
      value={value === "" ? null : value}
      searchValue={text}
      onSearchChange={setText}
      allowDeselect={false}
      onChange={(next) => next && onChange(next)}
    />
  );
}
