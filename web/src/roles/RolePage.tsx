// One role: read when it is built in or not one's to change, else edited, tried and saved.
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { organizationName, usePlace } from "@/organizations/place";
import { organizationRoles } from "@/organizations/queries";
import { words as places } from "@/strings/organizations";
import { roles as words } from "@/strings/roles";
import { LinkButton } from "@/ui/Button";
import { Blank, Bones, Denied, Load } from "@/ui/Load";
import { grantsOf, kNothing } from "./matrix";
import { heldQuery } from "./queries";
import { RoleEditor } from "./RoleEditor";
import "./roles.css";

const kNew = "new"; // no role can be called so

export function RolePage() {
  const place = usePlace();
  const { role: name } = useParams({ from: "/app/organizations/$org/roles/$role" });
  const { from } = useSearch({ from: "/app/organizations/$org/roles/$role" });
  const id = place.organization?.id ?? "";
  const roles = useQuery({ ...organizationRoles(id), enabled: id !== "" });
  const held = useQuery(heldQuery(id));
  const all = { data: place.query.data && roles.data && held.data ? { list: roles.data, held: held.data, organization: place.query.data } : undefined, error: place.query.error ?? roles.error ?? held.error, refetch: () => void Promise.all([roles.refetch(), held.refetch()]) };
  return (
    <Load query={all} skeleton={<div className="page"><Bones rows={10} height={40} /></div>}>
      {({ list, held: mine, organization }) => {
        if (name === kNew && !place.rights.createRole) return <Denied text={places.denied(organizationName(organization))} />;
        const source = list.find((one) => one.name === (name === kNew ? from : name));
        if (!source && (name !== kNew || from)) return <Blank main title={words.none} text={words.noneHint} act={<LinkButton to="/organizations/$org/roles" params={{ org: place.name }}>{words.toRoles}</LinkButton>} />;
        // A copy begins without what one cannot give: it could not be saved with it.
        const given = source ? grantsOf(source) : kNothing;
        const start = name === kNew ? { all: new Set([...given.all].filter((p) => mine.all.has(p))), own: new Set([...given.own].filter((p) => mine.own.has(p))), never: new Set<never>() } : given;
        return <RoleEditor key={`${name} ${from ?? ""}`} place={place} organization={organization} role={name === kNew ? undefined : source} copied={name === kNew ? source : undefined} start={start} mine={mine} />;
      }}
    </Load>
  );
}
