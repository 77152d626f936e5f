// Nothing afloat yet: the templates one can start from, or the starters when there is none.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useOrganizations } from "@/me/organization";
import { useRights } from "@/me/queries";
import { list as words } from "@/strings/workspaces";
import { templatesQuery } from "@/templates/queries";
import { Starters } from "@/templates/Starters";
import { Picture } from "@/ui/bits";
import { LinkButton } from "@/ui/Button";
import { Blank, Bones, Load } from "@/ui/Load";

export function EmptyWorkspaces() {
  const { chosen } = useOrganizations();
  const every = useQuery(templatesQuery);
  const templates = { ...every, data: every.data?.filter((t) => chosen === undefined || t.organization_id === chosen.id) };
  const rights = useRights();
  const navigate = useNavigate();
  return (
    <Load query={templates} skeleton={<Bones rows={3} height={72} />}>
      {(list) => (
        <div className="ws-empty">
          <Blank title={chosen ? words.emptyIn(chosen.display_name || chosen.name) : words.empty} text={list.length > 0 ? words.emptyHint : rights.createTemplate ? words.emptyNoTemplate : words.emptyNoTemplateMember} />
          {list.length > 0 ? (
            <ul className="starters">
              {list
                .filter((t) => !t.deprecated)
                .slice(0, 3)
                .map((t) => (
                  <li key={t.id} className="starter">
                    <Picture url={t.icon} name={t.display_name || t.name} size={36} />
                    <div className="starter-words">
                      <h3>{t.display_name || t.name}</h3>
                      <p>{t.description}</p>
                    </div>
                    <LinkButton icon="plus" to="/templates/$org/$name/workspace" params={{ org: t.organization_name, name: t.name }}>
                      {words.create}
                    </LinkButton>
                  </li>
                ))}
            </ul>
          ) : (
            rights.createTemplate && (
              <div className="stack">
                <Starters limit={3} onMade={(made) => void navigate({ to: "/templates/$org/$name/workspace", params: { org: made.org, name: made.name } })} />
              </div>
            )
          )}
        </div>
      )}
    </Load>
  );
}
