import type { Template } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { words } from "@/strings/templates";
import { Avatar } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { aclQuery } from "./queries";

export function Access({ template: t }: { template: Template }) {
  const acl = useQuery(aclQuery(t.id));
  return (
    <Section title={words.access}>
      <p className="muted">{words.accessHint}</p>
      <Load query={acl} skeleton={<Bones rows={3} />}>
        {(list) =>
          list.users.length + list.group.length === 0 ? (
            <p>{words.accessNone}</p>
          ) : (
            <ul className="items">
              {list.group.map((g) => (
                <li key={g.id}>
                  <Icon name="people" size={18} />
                  <span style={{ fontWeight: 550 }}>{g.id === t.organization_id ? words.accessEveryone : g.display_name || g.name}</span>
                  <span className="muted small">{words.roles[g.role]}</span>
                </li>
              ))}
              {list.users.map((u) => (
                <li key={u.id}>
                  <Avatar name={u.name || u.username} url={u.avatar_url} size={20} />
                  <span style={{ fontWeight: 550 }}>{u.username}</span>
                  <span className="muted small">{words.roles[u.role]}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </Section>
  );
}
