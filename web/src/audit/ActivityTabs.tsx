// What was done and who was connected are two lists of one place.
import { Link } from "@tanstack/react-router";
import { useRights } from "@/me/queries";
import { words } from "@/strings/connections";

export function ActivityTabs() {
  const rights = useRights();
  if (!rights.readAudit || !rights.readConnections) return null;
  return (
    <nav className="place-tabs" aria-label={words.tabs}>
      <Link to="/activity" activeOptions={{ exact: true, includeSearch: false }} activeProps={{ "data-here": true }}>
        {words.activity}
      </Link>
      <Link to="/activity/connections" activeProps={{ "data-here": true }}>
        {words.title}
      </Link>
    </nav>
  );
}
