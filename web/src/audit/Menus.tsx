// The words of the activity's filter as menus: who, what, which act, since when.
import { useQuery } from "@tanstack/react-query";
import { useMe, useRights } from "@/me/queries";
import { words } from "@/strings/audit";
import { FilterMenu } from "@/ui/FilterMenu";
import { peopleQuery } from "./queries";
import { since } from "./since";

type MenusProps = { text: string; onChange: (text: string) => void };

const kThings = Object.entries(words.things).map(([value, label]) => ({ value, label }));
const kActs = Object.entries(words.acts).map(([value, label]) => ({ value, label }));

export function Menus({ text, onChange }: MenusProps) {
  const rights = useRights();
  const me = useMe();
  const people = useQuery({ ...peopleQuery, enabled: rights.readUsers }).data ?? [];
  const others = people.filter((person) => person.id !== me.id).map((person) => ({ value: person.username, label: person.name || person.username }));
  const times = Object.entries(words.times).map(([days, label]) => ({ value: since(new Date(), Number(days)), label }));
  const shared = { text, onChange };
  return (
    <>
      <FilterMenu label={words.person} field="username" options={[{ value: me.username, label: words.me }, ...others]} {...shared} />
      <FilterMenu label={words.thing} field="resource_type" options={kThings} {...shared} />
      <FilterMenu label={words.act} field="action" options={kActs} {...shared} />
      <FilterMenu label={words.since} field="date_from" options={times} {...shared} />
    </>
  );
}
