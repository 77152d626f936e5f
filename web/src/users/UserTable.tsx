import type { User } from "@gen";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useMe, useRights } from "@/me/queries";
import { words } from "@/strings/users";
import { Ago, Avatar } from "@/ui/bits";
import { State, type Tone } from "@/ui/State";
import { UserMenu } from "./UserMenu";

const kTones: Record<string, Tone> = { active: "good", suspended: "bad", dormant: "off" };

export function UserTable({ users, more }: { users: User[]; more: (() => void) | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const me = useMe();
  const rights = useRights();
  const list = useWindowVirtualizer({ count: users.length, estimateSize: () => 56, overscan: 12, scrollMargin: box.current?.offsetTop ?? 0 });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= users.length - 20) more();
  }, [last, users.length, more]);
  return (
    <div role="table" aria-label={words.title} aria-rowcount={users.length + 1} className="people">
      <div role="row" className="person person-head" aria-rowindex={1}>
        {Object.values(words.columns).map((name) => (
          <div key={name} role="columnheader">
            {name}
          </div>
        ))}
        <div role="columnheader">
          <span className="hidden-visually">{words.more("")}</span>
        </div>
      </div>
      <div ref={box} role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const u = users[item.index];
          if (!u) return null;
          return (
            <div key={u.id} ref={list.measureElement} data-index={item.index} role="presentation" className="row-place" style={{ transform: `translateY(${item.start - list.options.scrollMargin}px)` }}>
              <div role="row" className="person" aria-rowindex={item.index + 2}>
                <div role="cell" className="person-name">
                  <Avatar name={u.name || u.username} url={u.avatar_url} size={30} />
                  <div style={{ minWidth: 0 }}>
                    <div className="clip">
                      <Link to="/users/$name" params={{ name: u.username }} style={{ fontWeight: 550 }}>{u.name || u.username}</Link> {u.id === me.id && <span className="badge">{words.you}</span>}
                    </div>
                    <p className="muted small clip">
                      {u.username} · {u.email}
                    </p>
                  </div>
                </div>
                <div role="cell" className="person-roles">
                  {u.roles.length === 0 ? <span className="muted small">{words.member}</span> : u.roles.map((r) => <span key={r.name} className="badge">{r.display_name || r.name}</span>)}
                </div>
                <div role="cell">
                  <State tone={kTones[u.status] ?? "off"} word={words.states[u.status] ?? u.status} />
                </div>
                <div role="cell" className="person-seen muted small">
                  <Ago at={u.last_seen_at} />
                </div>
                <div role="cell" style={{ justifySelf: "end" }}>
                  {rights.updateUser && u.id !== me.id && <UserMenu user={u} />}
                </div>
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}
