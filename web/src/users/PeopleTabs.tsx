// People, and why somebody may do something: one place.
import { Link } from "@tanstack/react-router";
import { mayExplain, useRights } from "@/me/queries";
import { words } from "@/strings/groups";
import { words as rightWords } from "@/strings/rights";

export function PeopleTabs() {
  const rights = useRights();
  const explain = mayExplain(rights);
  if (!explain) return null;
  return (
    <nav className="place-tabs" aria-label={words.people}>
      <Link to="/users" activeProps={{ "data-here": true }}>
        {words.people}
      </Link>
      <Link to="/rights" activeProps={{ "data-here": true }}>
        {rightWords.title}
      </Link>
    </nav>
  );
}
