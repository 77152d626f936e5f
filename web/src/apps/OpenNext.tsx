// What somebody came for while the workspace did not run: it opens by itself as soon as it can.
import type { Workspace } from "@gen";
import { useEffect } from "react";
import { useRegions } from "@/me/regions";
import { words } from "@/strings/apps";
import { Icon } from "@/ui/Icon";
import { isAwaited, nextPlace, type Wanted } from "./next";

export function OpenNext({ workspace: w, wanted }: { workspace: Workspace; wanted: Wanted }) {
  const { entrance, known } = useRegions();
  const place = known ? nextPlace(w, wanted, entrance) : undefined;
  useEffect(() => {
    if (place !== undefined) window.location.replace(place);
  }, [place]);
  if (place === undefined && !isAwaited(w)) return null;
  return (
    <div className="notice" role="status">
      <Icon name="clock" />
      <p>{words.opensNext(wanted.open)}</p>
    </div>
  );
}
