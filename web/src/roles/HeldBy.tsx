import type { AssignableRoles, Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { membersLike } from "@/organizations/queries";
import { roles as words } from "@/strings/roles";
import { Avatar } from "@/ui/bits";
import { Load } from "@/ui/Load";
import { Section } from "@/ui/Page";

const kFaces = 6;

export function HeldBy({ organization: o, role }: { organization: Organization; role: AssignableRoles }) {
  const holders = useQuery(membersLike(o.id, `role:${role.name}`, kFaces));
  const everybody = o.default_org_member_roles.includes(role.name);
  return (
    <Section
      title={words.heldBy}
      acts={
        (holders.data?.count ?? 0) > 0 && (
          <Link to="/organizations/$org/members" params={{ org: o.name }} search={{ q: `role:${role.name}` }}>
            {words.show}
          </Link>
        )
      }
    >
      {everybody && <p className="muted">{words.heldAll}</p>}
      <Load query={holders} skeleton={null}>
        {(page) =>
          page.count === 0 ? (
            !everybody && <p className="muted">{words.heldNone}</p>
          ) : (
            <>
              <p className="row">
                {page.members.map((m) => (
                  <span key={m.user_id} title={m.name || m.username}>
                    <Avatar name={m.name || m.username} url={m.avatar_url} size={26} />
                  </span>
                ))}
                <span className="muted">{words.held(page.count)}</span>
              </p>
              {!role.built_in && <p className="muted small">{words.from}</p>}
            </>
          )
        }
      </Load>
    </Section>
  );
}
