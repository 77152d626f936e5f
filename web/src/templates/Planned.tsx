import type { WorkspaceResource } from "@gen";
import { words } from "@/strings/templates";
import { Picture } from "@/ui/bits";
import { Icon } from "@/ui/Icon";

export function Planned({ resources }: { resources: WorkspaceResource[] }) {
  const start = resources.filter((r) => r.workspace_transition === "start" && !r.hide && !r.type.startsWith("coder_"));
  const agents = resources.filter((r) => r.workspace_transition === "start").flatMap((r) => r.agents ?? []);
  if (start.length === 0 && agents.length === 0) return <p className="muted">{words.makesNone}</p>;
  return (
    <ul className="items">
      {start.map((r) => (
        <li key={r.id}>
          <Picture url={r.icon} name={r.type} size={20} />
          <span style={{ fontWeight: 550 }}>{r.name}</span>
          <span className="muted mono tiny">{r.type}</span>
        </li>
      ))}
      {agents.map((a) => (
        <li key={a.id}>
          <Icon name="terminal" size={18} />
          <span style={{ fontWeight: 550 }}>{a.name}</span>
          <span className="muted small">{["agent", ...a.apps.map((app) => app.display_name || app.slug)].join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}
