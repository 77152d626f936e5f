import { words } from "@/strings/sharing";
import { Avatar } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import type { Sharer } from "./who";

export function Who({ who }: { who: Sharer }) {
  const side = who.members === undefined ? who.side : words.people(who.members);
  return (
    <span className="sharer">
      {who.kind === "group" ? <Icon name="people" size={20} /> : <Avatar name={who.name} url={who.picture} size={20} />}
      <span>
        <span className="sharer-name">{who.name}</span> <span className="muted small">{side}</span>
      </span>
    </span>
  );
}
