// People and groups are two lists of one place.
import { Link } from "@tanstack/react-router";
import { useRights } from "@/me/queries";
import { words } from "@/strings/groups";

export function PeopleTabs() {
  const rights = useRights();
  if (!rights.readGroups) return null;
  return (
    <nav className="place-tabs" aria-label={words.people}>
      <Link to="/users" activeProps={{ "data-here": true }}>
        {words.people}
      </Link>
      <Link to="/groups" activeProps={{ "data-here": true }}>
        {words.title}
      </Link>
    </nav>
  );
}
