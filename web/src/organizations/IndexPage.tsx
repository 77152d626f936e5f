// Leads to the first part of an organization that one may see.
import { Navigate } from "@tanstack/react-router";
import { words } from "@/strings/organizations";
import { Bones, Denied, Load } from "@/ui/Load";
import { tabsFor, usePlace } from "./place";

export function IndexPage() {
  const place = usePlace();
  return (
    <Load query={place.query} skeleton={<div className="page"><Bones rows={6} height={52} /></div>}>
      {(o) => {
        const [first] = tabsFor(place.rights);
        return first ? <Navigate to={`/organizations/$org/${first}`} params={{ org: place.name }} replace /> : <Denied text={words.denied(o.display_name || o.name)} />;
      }}
    </Load>
  );
}
