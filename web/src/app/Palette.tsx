// The command palette: every place and the common actions, by a few letters. It is part of the frame and a dialog of the browser's own:
// it has the keyboard from the very key press that opens it, so that no letter goes to the page behind.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { rank } from "@/lib/rank";
import { useLogout, useRights } from "@/me/queries";
import { words } from "@/strings/app";
import { templatesQuery } from "@/templates/queries";
import { choice, wear, type Choice } from "@/theme/theme";
import { Icon, type IconName } from "@/ui/Icon";
import { workspacesQuery } from "@/workspaces/queries";

type Item = { id: string; group: string; label: string; side?: string; icon: IconName; run: () => void };

function useItems(): Item[] {
  const navigate = useNavigate();
  const logout = useLogout();
  const rights = useRights();
  const workspaces = useQuery(workspacesQuery("owner:me", 200)).data?.workspaces;
  const templates = useQuery(templatesQuery).data;
  return useMemo(() => {
    const places: Item[] = [
      { id: "w", group: words.goTo, label: words.workspaces, icon: "workspaces", run: () => void navigate({ to: "/workspaces" }) },
      { id: "t", group: words.goTo, label: words.templates, icon: "templates", run: () => void navigate({ to: "/templates" }) },
      ...(rights.updateTemplate ? [{ id: "b", group: words.goTo, label: words.prebuilds, icon: "bolt" as const, run: () => void navigate({ to: "/prebuilds" }) }] : []),
      ...(rights.readUsers ? [{ id: "p", group: words.goTo, label: words.people, icon: "people" as const, run: () => void navigate({ to: "/users" }) }] : []),
      ...(rights.readGroups ? [{ id: "g", group: words.goTo, label: words.groups, icon: "people" as const, run: () => void navigate({ to: "/groups" }) }] : []),
      ...(rights.readMembers ? [{ id: "o", group: words.goTo, label: words.organizationPlace, icon: "building" as const, run: () => void navigate({ to: "/organizations", search: {} }) }] : []),
      ...(rights.readAudit ? [{ id: "v", group: words.goTo, label: words.activity, icon: "clock" as const, run: () => void navigate({ to: "/activity" }) }] : []),
      ...(rights.readConnections ? [{ id: "c", group: words.goTo, label: words.connections, icon: "terminal" as const, run: () => void navigate({ to: "/activity/connections" }) }] : []),
      ...(rights.updateProxies ? [{ id: "x", group: words.goTo, label: words.proxies, icon: "globe" as const, run: () => void navigate({ to: "/deployment/proxies" }) }] : []),
      ...(rights.updateDeployment ? [{ id: "d", group: words.goTo, label: words.deployment, icon: "gear" as const, run: () => void navigate({ to: "/deployment/notifications" }) }] : []),
      ...(rights.updateDeployment ? [{ id: "o", group: words.goTo, label: words.overview, icon: "gear" as const, run: () => void navigate({ to: "/deployment/overview" }) }] : []),
      { id: "i", group: words.goTo, label: words.inbox, icon: "bell", run: () => void navigate({ to: "/inbox" }) },
      { id: "a", group: words.goTo, label: words.account, icon: "account", run: () => void navigate({ to: "/account" }) },
    ];
    const own = (workspaces ?? []).flatMap((w): Item[] => {
      const params = { user: w.owner_name, workspace: w.name };
      const open: Item = { id: w.id, group: words.workspaces, label: w.name, side: w.template_display_name || w.template_name, icon: "workspaces", run: () => void navigate({ to: "/@{$user}/$workspace", params }) };
      const shell: Item = { id: `${w.id}-t`, group: words.actions, label: words.openTerminal(w.name), icon: "terminal", run: () => void window.open(`/@${w.owner_name}/${w.name}/terminal`, "_blank", "noopener") };
      return w.latest_build.status === "running" ? [open, shell] : [open];
    });
    const made = (templates ?? []).map((t): Item => ({
      id: t.id,
      group: words.actions,
      label: words.newWorkspace(t.display_name || t.name),
      icon: "plus",
      run: () => void navigate({ to: "/templates/$org/$name/workspace", params: { org: t.organization_name, name: t.name } }),
    }));
    const looks = (["auto", "light", "dark", "contrast"] as Choice[])
      .filter((look) => look !== choice())
      .map((look): Item => ({ id: look, group: words.actions, label: words.theme(words.themeNames[look]), icon: "sun", run: () => wear(look) }));
    const out: Item = { id: "out", group: words.actions, label: words.signOut, icon: "exit", run: () => logout.mutate() };
    return [...own.filter((i) => i.group === words.workspaces), ...places, ...own.filter((i) => i.group === words.actions), ...made, ...looks, out];
  }, [workspaces, templates, rights.updateTemplate, rights.readUsers, rights.readGroups, rights.readMembers, rights.readAudit, rights.readConnections, rights.updateProxies, rights.updateDeployment, navigate, logout]);
}

export function Palette({ onClose }: { onClose: () => void }) {
  const items = useItems();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const found = useMemo(() => rank(items, text, (item) => `${item.label} ${item.side ?? ""}`).slice(0, 40), [items, text]);
  const run = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    item.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((old) => (old + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <dialog ref={dialog} className="palette-dialog" aria-label={words.palette} onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <div className="palette">
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found[at] ? `${list}-${at}` : undefined}
          aria-label={words.palette}
          placeholder={words.paletteHint}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        {found.length === 0 && <p className="palette-none">{words.paletteNothing}</p>}
        <ul id={list} role="listbox" aria-label={words.palette}>
          {found.map((item, i) => (
            <li
              key={item.id}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === at}
              ref={i === at ? (node) => node?.scrollIntoView({ block: "nearest" }) : undefined}
              onMouseMove={() => setAt(i)}
              onClick={() => run(item)}
            >
              <Icon name={item.icon} />
              <span className="clip">{item.label}</span>
              <span className="muted clip">{item.side ?? (text === "" || item.group === words.goTo ? item.group : "")}</span>
            </li>
          ))}
        </ul>
      </div>
    </dialog>
  );
}
