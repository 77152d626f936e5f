// The organization that the address names, what one may do there, and the head with its tabs that its pages share.
import type { Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { words } from "@/strings/organizations";
import { Picture } from "@/ui/bits";
import { Bones, Denied, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { useEdges } from "@/ui/PageTabs";
import { kNoRights, organizationQuery, organizationRights, type OrganizationRights } from "./queries";
import "./organizations.css";

export type Tab = keyof typeof words.tab;

export const organizationName = (o: Organization): string => o.display_name || o.name;

const kTabs: { tab: Tab; to: `/organizations/$org/${Tab}`; may: (rights: OrganizationRights) => boolean }[] = [
  { tab: "members", to: "/organizations/$org/members", may: (r) => r.readMembers },
  { tab: "groups", to: "/organizations/$org/groups", may: (r) => r.readGroups },
  { tab: "roles", to: "/organizations/$org/roles", may: (r) => r.readRoles },
  { tab: "provisioners", to: "/organizations/$org/provisioners", may: (r) => r.readDaemons },
  { tab: "settings", to: "/organizations/$org/settings", may: (r) => r.update || r.delete },
];

export const tabsFor = (rights: OrganizationRights): Tab[] => kTabs.filter((one) => one.may(rights)).map((one) => one.tab);

export function usePlace() {
  const { org = "" } = useParams({ strict: false });
  const organization = useQuery(organizationQuery(org));
  const found = useQuery(organizationRights(organization.data?.id ?? ""));
  const rights = found.data ?? kNoRights;
  // Nothing is refused on a guess: until it is known what one may do, the page is on its way.
  const query = { data: found.data ? organization.data : undefined, error: organization.error ?? found.error, refetch: () => void (organization.error ? organization.refetch() : found.refetch()) };
  return { name: org, query, organization: organization.data, rights };
}

export type Place = ReturnType<typeof usePlace>;

type PageProps = { place: Place; tab: Tab; acts?: ReactNode; state?: ReactNode; skeleton?: ReactNode; children: (organization: Organization) => ReactNode };

export function OrganizationPage({ place, tab, acts, state, skeleton, children }: PageProps) {
  const o = place.organization;
  const title = o ? organizationName(o) : place.name;
  const open = kTabs.filter((one) => one.may(place.rights));
  const edges = useEdges<HTMLElement>(`${tab} ${open.length}`, "[data-here]");
  if (place.query.error && !place.query.data) return <Load query={place.query} skeleton={null}>{() => null}</Load>;
  if (place.query.data !== undefined && !open.some((one) => one.tab === tab)) return <Denied text={words.denied(title)} />;
  return (
    <Page
      title={`${words.tab[tab]} of ${title}`}
      heading={
        <>
          <Picture url={o?.icon} name={title} size={24} /> {title}
        </>
      }
      state={state ?? o?.description ?? ""}
      acts={acts}
    >
      <nav className="place-tabs organization-tabs" aria-label={words.tabs} {...edges}>
        {open.map((one) => (
          <Link key={one.tab} to={one.to} params={{ org: place.name }} activeProps={{ "data-here": true }}>
            {words.tab[one.tab]}
          </Link>
        ))}
      </nav>
      <Load query={place.query} skeleton={skeleton ?? <Bones rows={6} height={52} />}>
        {children}
      </Load>
    </Page>
  );
}

// Where a page below a tab belongs: it stands in the line of its title.
export function Parents({ place, tab }: { place: Place; tab: "groups" | "roles" }) {
  const to = tab === "groups" ? "/organizations/$org/groups" : "/organizations/$org/roles";
  return (
    <nav className="parents" aria-label={words.parents}>
      <Link to="/organizations/$org" params={{ org: place.name }}>
        {place.organization ? organizationName(place.organization) : place.name}
      </Link>
      <span aria-hidden="true">/</span>
      <Link to={to} params={{ org: place.name }}>
        {words.tab[tab]}
      </Link>
    </nav>
  );
}
