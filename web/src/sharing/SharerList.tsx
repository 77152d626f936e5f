import type { WorkspaceRole } from "@gen";
import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { words } from "@/strings/sharing";
import { IconButton } from "@/ui/Button";
import { Who } from "./Who";
import { type Sharer, sharersLike } from "./who";

const kSearchAbove = 8;
const kRoles = Object.entries(words.roles).map(([value, label]) => ({ value, label }));

export function SharerList({ list, may, onSet }: { list: Sharer[]; may: boolean; onSet: (who: Sharer, before: WorkspaceRole) => void }) {
  const [text, setText] = useState("");
  if (list.length === 0)
    return (
      <div>
        <p>{words.nobody}</p>
        {may && <p className="muted small">{words.nobodyHint}</p>}
      </div>
    );
  const shown = sharersLike(list, list.length > kSearchAbove ? text : "");
  return (
    <div className="stack tight">
      {list.length > kSearchAbove && <TextInput aria-label={words.find} placeholder={words.find} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
      {shown.length === 0 && <p className="muted">{words.findNone}</p>}
      <ul className="sharers sharers-many">
        {shown.map((one) => (
          <li key={one.id}>
            <Who who={one} />
            {may ? (
              <>
                <Select className="sharer-role" aria-label={words.roleOf(one.name)} data={kRoles} value={one.role} allowDeselect={false} onChange={(role) => role && role !== one.role && onSet({ ...one, role: role as WorkspaceRole }, one.role)} />
                <IconButton icon="cross" label={words.remove(one.name)} onClick={() => onSet({ ...one, role: "" }, one.role)} />
              </>
            ) : (
              <span className="muted small">{words.roles[one.role]}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
