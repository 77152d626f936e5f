// Whether somebody may do something, as if they held the role as it stands here, saved or not; the server answers, with its reason.
import type { AuthorizationExplainRequest, AuthorizationObject, CustomRoleRequest, Organization } from "@gen";
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersLike, organizationRoles } from "@/organizations/queries";
import { roles as words } from "@/strings/roles";
import { Section } from "@/ui/Page";
import { kParts, kVerbs, type Pair, type Thing, type Verb } from "./matrix";
import { type Named, namedQuery } from "./queries";
import { Verdict } from "./Verdict";
import { nameOf, verbOf } from "./words";

type TryProps = { organization: Organization; ask: CustomRoleRequest; changed: boolean };

const kThings = kParts.flatMap((part) => part.things);
const kFirst = kThings[0]!;

export function TryIt({ organization: o, ask, changed }: TryProps) {
  const [who, setWho] = useState<Named>();
  const [key, setKey] = useState(kFirst.key);
  const [verb, setVerb] = useState<Verb>("see");
  const [which, setWhich] = useState("any");
  const thing = kThings.find((one) => one.key === key) ?? kFirst;
  const verbs = kVerbs.filter((one) => thing.cells[one]);
  const act = thing.cells[verb] ? verb : verbs[0]!;
  const request = (pair: Pair, role: CustomRoleRequest | undefined) => who && ({ user: who.id, action: pair.split(":")[1], object: objectOf(o, thing, which, who), ...(role ? { role } : {}) } as AuthorizationExplainRequest);
  const pairs = thing.cells[act] ?? [];
  const roles = useQuery(organizationRoles(o.id)).data ?? [];
  const called = new Map([...roles.map((role): [string, string] => [role.name, role.display_name]), [ask.name, ask.display_name || words.thisRole]]);
  return (
    <Section title={words.tryIt}>
      <p className="muted small">{words.tryHint}</p>
      <Person organization={o} who={who} onChoose={setWho} />
      <div className="role-try">
        <Select label={words.tryAct} allowDeselect={false} data={verbs.map((one) => ({ value: one, label: verbOf(thing, one).toLowerCase() }))} value={act} onChange={(next) => next && setVerb(next as Verb)} />
        <Select label={words.tryThing} allowDeselect={false} data={kThings.map((one) => ({ value: one.key, label: nameOf(one) }))} value={key} onChange={(next) => next && (setKey(next), setWhich("any"))} />
      </div>
      <Which key={thing.key} organization={o} thing={thing} which={which} onChoose={setWhich} />
      {who && <Verdict called={called} name={who.name.split(" (")[0] ?? ""} now={pairs.map((pair) => request(pair, ask))} was={pairs.map((pair) => request(pair, undefined))} changed={changed} />}
    </Section>
  );
}

function objectOf(o: Organization, thing: Thing, which: string, who: Named): AuthorizationObject {
  const resource_type = thing.type as AuthorizationObject["resource_type"];
  if (which !== "any" && which !== "own") return { resource_type, resource_id: which };
  return { resource_type, organization_id: o.id, ...(which === "own" ? { owner_id: who.id } : {}) };
}

// What is shown for a chosen one is no search for others.
const typed = (text: string, chosen: string | undefined) => (text === chosen ? "" : text.trim());

function Person({ organization: o, who, onChoose }: { organization: Organization; who: Named | undefined; onChoose: (who: Named | undefined) => void }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(typed(text, who?.name), 200);
  const found = useQuery({ ...membersLike(o.id, asked), enabled: asked.length >= 2 }).data?.members ?? [];
  const people = [...(who ? [who] : []), ...found.filter((m) => m.user_id !== who?.id).map((m) => ({ id: m.user_id, name: `${m.username} (${m.email})` }))];
  return <Select label={words.tryWho} placeholder={words.tryWhoHint} searchable data={people.map((one) => ({ value: one.id, label: one.name }))} filter={({ options }) => options} value={who?.id ?? null} onChange={(id) => onChoose(people.find((one) => one.id === id))} searchValue={text} onSearchChange={setText} />;
}

// Any of its kind, one of their own, or one by its name.
function Which({ organization: o, thing, which, onChoose }: { organization: Organization; thing: Thing; which: string; onChoose: (which: string) => void }) {
  const kind = nameOf(thing).toLowerCase();
  const ways: Named[] = [{ id: "any", name: words.tryAny(kind) }, ...(thing.own ? [{ id: "own", name: words.tryOwn(kind) }] : [])];
  const [text, setText] = useState(ways[0]!.name);
  const [chosen, setChosen] = useState<Named>(ways[0]!);
  const [asked] = useDebouncedValue(typed(text, chosen.name), 200);
  const named = useQuery(namedQuery(o, thing.type, asked)).data ?? [];
  const found = [...(asked === "" ? ways : []), ...named];
  const all = found.some((one) => one.id === which) ? found : [...found, chosen];
  if (all.length === 1 && asked === "") return null;
  const choose = (id: string | null) => {
    const one = all.find((each) => each.id === id);
    if (one) (setChosen(one), onChoose(one.id));
  };
  return <Select aria-label={words.tryWhich} searchable allowDeselect={false} data={all.map((one) => ({ value: one.id, label: one.name }))} filter={({ options }) => options} value={which} onChange={choose} searchValue={text} onSearchChange={setText} />;
}
