import type { User } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { words } from "@/strings/person";
import { Ago } from "@/ui/bits";
import { LinkButton } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { workspacesQuery } from "@/workspaces/queries";
import { workspaceState } from "@/workspaces/state";

const kShown = 6;
export const ownedBy = (u: Pick<User, "username">) => workspacesQuery(`owner:${u.username}`, kShown);
const runningOf = (u: Pick<User, "username">) => workspacesQuery(`owner:${u.username} status:running`, 1);

// Who may not see their workspaces is not told that there are none.
export function Workspaces({ user: u, may }: { user: User; may: boolean }) {
  const found = useQuery({ ...ownedBy(u), enabled: may });
  const running = useQuery({ ...runningOf(u), enabled: may }).data?.count;
  const all = found.data?.count ?? 0;
  if (!may)
    return (
      <Section title={words.workspaces}>
        <p className="muted">{words.workspacesHidden}</p>
      </Section>
    );
  return (
    <Section
      title={words.workspaces}
      side={found.data && running !== undefined ? words.workspacesState(all, running) : ""}
      acts={
        all > 0 && (
          <LinkButton size="small" kind="quiet" to="/workspaces" search={{ q: `owner:${u.username}` }}>
            {words.inList}
          </LinkButton>
        )
      }
    >
      <Load query={found} skeleton={<Bones rows={2} />}>
        {({ workspaces, count }) =>
          workspaces.length === 0 ? (
            <p className="muted">{words.workspacesNone}</p>
          ) : (
            <>
              <ul className="person-rows person-workspaces">
                {workspaces.map((w) => (
                  <li key={w.id}>
                    <div className="clip">
                      <Link to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="person-name">
                        {w.name}
                      </Link>{" "}
                      <span className="muted small">{w.template_display_name || w.template_name}</span>
                    </div>
                    <State {...workspaceState(w)} />
                    <span className="muted small">
                      <Ago at={w.last_used_at} />
                    </span>
                  </li>
                ))}
              </ul>
              {count > workspaces.length && <p className="muted small">{words.moreWorkspaces(count - workspaces.length)}</p>}
            </>
          )
        }
      </Load>
    </Section>
  );
}
