import type { Organization, OrganizationMemberWithUserData } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useMe } from "@/me/queries";
import { members as words } from "@/strings/organizations";
import { roleName } from "@/strings/roles";
import { Ago, Avatar } from "@/ui/bits";
import { MemberMenu } from "./MemberMenu";
import { organizationRoles, type OrganizationRights } from "./queries";

type TableProps = { organization: Organization; members: OrganizationMemberWithUserData[]; rights: OrganizationRights; more: (() => void) | undefined };

export function MemberTable({ organization, members, rights, more }: TableProps) {
  const roles = useQuery({ ...organizationRoles(organization.id), enabled: rights.readRoles }).data;
  const called = new Map(roles?.map((role) => [role.name, role.display_name]));
  const box = useRef<HTMLDivElement>(null);
  const list = useWindowVirtualizer({ count: members.length, estimateSize: () => 56, overscan: 12, scrollMargin: box.current?.offsetTop ?? 0 });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= members.length - 20) more();
  }, [last, members.length, more]);
  return (
    <div role="table" aria-label={words.table} aria-rowcount={members.length + 1} className="members">
      <div role="row" className="member member-head" aria-rowindex={1}>
        {Object.entries(words.columns).map(([key, name]) => (
          <div key={key} role="columnheader" className={`member-${key}`}>
            {name}
          </div>
        ))}
        <div role="columnheader">
          <span className="hidden-visually">{words.acts("")}</span>
        </div>
      </div>
      <div ref={box} role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const m = members[item.index];
          if (!m) return null;
          return (
            <div key={m.user_id} ref={list.measureElement} data-index={item.index} role="presentation" className="row-place" style={{ transform: `translateY(${item.start - list.options.scrollMargin}px)` }}>
              <Row organization={organization} member={m} rights={rights} called={called} index={item.index + 2} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

type RowProps = { organization: Organization; member: OrganizationMemberWithUserData; rights: OrganizationRights; called: ReadonlyMap<string, string>; index: number };

function Row({ organization, member: m, rights, called, index }: RowProps) {
  const mine = m.user_id === useMe().id;
  const may = !mine && ((rights.changeMembers && (rights.giveRoles || rights.takeRoles)) || rights.removeMembers);
  const site = m.global_roles.filter((role) => role.name !== "member").map((role) => role.display_name || role.name);
  return (
    <div role="row" className="member" aria-rowindex={index}>
      <div role="cell" className="member-name">
        <Avatar name={m.name || m.username} url={m.avatar_url} size={30} />
        <div style={{ minWidth: 0 }}>
          <p className="clip" title={m.name || m.username}>
            <span style={{ fontWeight: 550 }}>{m.name || m.username}</span>
            {mine && <span className="badge member-badge">{words.you}</span>}
            {m.is_service_account && <span className="badge member-badge">{words.service}</span>}
            {m.status === "suspended" && (
              <span className="badge member-badge" data-tone="bad">
                {words.suspended}
              </span>
            )}
          </p>
          <p className="muted small clip" title={m.email}>
            {m.username}
            {m.email && ` · ${m.email}`}
          </p>
        </div>
      </div>
      <div role="cell" className="member-roles">
        <p className={m.roles.length === 0 ? "muted" : undefined}>{m.roles.length === 0 ? words.member : m.roles.map((role) => roleName(role.name, called.get(role.name) || role.display_name)).join(", ")}</p>
        {site.length > 0 && <p className="muted small">{words.site(site.join(", "))}</p>}
      </div>
      <div role="cell" className="member-signs muted">
        {words.signs[m.login_type] ?? m.login_type}
      </div>
      <div role="cell" className="member-seen muted">
        <Ago at={m.last_seen_at} never={words.notSeen} />
      </div>
      <div role="cell" style={{ justifySelf: "end" }}>
        {may && <MemberMenu organization={organization} member={m} rights={rights} />}
      </div>
    </div>
  );
}
