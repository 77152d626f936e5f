import type { Organization } from "@gen";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useRestedText } from "@/lib/rested";
import { members as words } from "@/strings/organizations";
import { Button } from "@/ui/Button";
import { FilterLine } from "@/ui/FilterLine";
import { Blank, Bones, Load } from "@/ui/Load";
import { AddMembers } from "./AddMembers";
import { MemberTable } from "./MemberTable";
import { OrganizationPage, usePlace } from "./place";
import { memberPages, type OrganizationRights } from "./queries";

export function MembersPage() {
  const place = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <OrganizationPage
      place={place}
      tab="members"
      acts={
        place.rights.addMembers && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      {(o) => (
        <>
          <Members organization={o} rights={place.rights} />
          {adding && <AddMembers organization={o} onClose={() => setAdding(false)} />}
        </>
      )}
    </OrganizationPage>
  );
}

// What is typed is asked for once it has rested.
function useSearchText(): [asked: string, text: string, set: (text: string) => void] {
  const asked = useSearch({ from: "/app/organizations/$org/members" }).q ?? "";
  const navigate = useNavigate({ from: "/organizations/$org/members" });
  const [text, setText] = useRestedText(asked, (search) => void navigate({ search, replace: true }));
  return [asked, text, setText];
}

function Members({ organization: o, rights }: { organization: Organization; rights: OrganizationRights }) {
  const [asked, text, setText] = useSearchText();
  const pages = useInfiniteQuery(memberPages(o.id, asked));
  const rows = pages.data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <div className="stack">
      <FilterLine label={words.search} hint={words.searchHint} value={text} onChange={setText} chips={[]} shortcut />
      <Load query={pages} skeleton={<Bones rows={6} height={56} />}>
        {(found) =>
          rows.length > 0 ? (
            <>
              <p className="muted small" role="status">
                {words.count(found.pages[0]?.count ?? 0)}
              </p>
              <MemberTable organization={o} members={rows} rights={rights} more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined} />
            </>
          ) : (
            <Blank title={words.none} text={words.noneHint} act={<Button onClick={() => setText("")}>{words.clear}</Button>} />
          )
        }
      </Load>
    </div>
  );
}
