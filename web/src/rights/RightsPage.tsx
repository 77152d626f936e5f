// Find a right: who, what with which thing; then whether they may, by which role, and what would change it.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { organizations } from "@/me/queries";
import { words } from "@/strings/rights";
import { Page } from "@/ui/Page";
import { PeopleTabs } from "@/users/PeopleTabs";
import { Answer } from "./Answer";
import { asked, kThings, type Question } from "./ask";
import { Finder } from "./Finder";
import "./rights.css";

export function RightsPage() {
  const question = useSearch({ from: "/app/rights" });
  const navigate = useNavigate({ from: "/rights" });
  const set = (change: Question) => {
    const next = Object.fromEntries(Object.entries({ ...question, ...change }).filter(([, value]) => value !== undefined && value !== ""));
    void navigate({ search: next, replace: true });
  };
  const thing = question.thing ?? "";
  const choose = (next: string) => set({ thing: next, which: undefined, act: kThings[next]?.acts.includes(question.act ?? "") ? question.act : undefined } as Question);
  const ask = asked(question);
  return (
    <Page title={words.title} state={words.lead}>
      <PeopleTabs />
      <div className="rights-ask">
        <Finder kind="user" label={words.person} hint={words.personHint} value={question.user ?? ""} onChange={(user) => set({ user })} />
        <Select label={words.thing} data={Object.entries(words.things).map(([value, label]) => ({ value, label }))} value={question.thing ?? null} allowDeselect={false} onChange={(next) => next && choose(next)} />
        <Select label={words.act} data={(kThings[thing]?.acts ?? []).map((value) => ({ value, label: words.acts[value] ?? value }))} value={question.act ?? null} disabled={thing === ""} allowDeselect={false} onChange={(act) => act && set({ act })} />
        <Which thing={thing} value={question.which ?? ""} onChange={(which) => set({ which })} />
      </div>
      {ask ? <Answer ask={ask} question={question} /> : <p className="muted">{words.chooseAll}</p>}
    </Page>
  );
}

function Which({ thing, value, onChange }: { thing: string; value: string; onChange: (next: string) => void }) {
  const all = useQuery(organizations).data ?? [];
  const kind = kThings[thing];
  if (!kind || !kind.inOrganization && !kind.single) return null;
  const general = !kind.inOrganization
    ? []
    : [
        ...(kind.own ? all.map((o) => ({ value: `own:${o.id}`, label: words.own(o.display_name || o.name) })) : []),
        ...all.map((o) => ({ value: `org:${o.id}`, label: words.inOrg(o.display_name || o.name) })),
        ...(all.length > 1 ? [{ value: "any", label: words.inAny }] : []),
      ];
  return <Finder key={thing} kind={kind.single ? thing : ""} label={words.which} hint={kind.single ? words.whichHint : ""} value={value} general={general} prefix="id:" onChange={onChange} />;
}
