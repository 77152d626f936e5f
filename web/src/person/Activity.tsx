import type { User } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Sentence } from "@/audit/Sentence";
import { words } from "@/strings/person";
import { Ago } from "@/ui/bits";
import { LinkButton } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { doneBy } from "./queries";

export function Activity({ user: u }: { user: User }) {
  const log = useQuery(doneBy(u.username));
  return (
    <Section
      title={words.activity}
      acts={
        <LinkButton size="small" kind="quiet" to="/activity" search={{ q: `username:${u.username}` }}>
          {words.activityAll}
        </LinkButton>
      }
    >
      <Load query={log} skeleton={<Bones rows={3} />}>
        {({ audit_logs: rows }) =>
          rows.length === 0 ? (
            <p className="muted">{words.activityNone}</p>
          ) : (
            <ul className="person-rows person-doings">
              {rows.map((e) => (
                <li key={e.id}>
                  <span className="muted small">
                    <Ago at={e.time} />
                  </span>
                  <p>
                    {e.status_code >= 400 && <span className="person-refused">{words.refused}: </span>}
                    <Sentence entry={e} />
                  </p>
                  <span className="muted small">{e.ip && words.from(e.ip)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </Section>
  );
}
