import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/lib/api";
import { useRestedText } from "@/lib/rested";
import { kUserTerms } from "@/lib/terms";
import { useRights } from "@/me/queries";
import { words } from "@/strings/users";
import { Button } from "@/ui/Button";
import { chipsOf, FilterLine } from "@/ui/FilterLine";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { AddUser } from "./AddUser";
import { PeopleTabs } from "./PeopleTabs";
import { userPages } from "./queries";
import { UserTable } from "./UserTable";
import "./users.css";

const kChips = chipsOf("status", words.chips);

export function UsersPage() {
  const asked = useSearch({ from: "/app/users" }).q ?? "";
  const navigate = useNavigate({ from: "/users" });
  const [text, setText] = useRestedText(asked, (search) => void navigate({ search, replace: true }));
  const rights = useRights();
  const [adding, setAdding] = useState(false);
  const pages = useInfiniteQuery(userPages(asked));
  const rows = pages.data?.pages.flatMap((page) => page.users) ?? [];
  const total = pages.data?.pages[0]?.count ?? 0;
  const problem = pages.error instanceof ApiError ? pages.error.field("q") : undefined;
  const query = problem !== undefined && pages.data === undefined ? { ...pages, data: { pages: [], pageParams: [] } } : pages;
  return (
    <Page
      title={words.title}
      state={pages.data ? words.lead(total) : ""}
      acts={
        rights.createUser && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      <PeopleTabs />
      <div className="stack">
        <FilterLine label={words.search} hint={words.searchHint} value={text} onChange={setText} problem={problem} terms={kUserTerms} chips={kChips} />
        <Load query={query as typeof pages} skeleton={<Bones rows={6} height={52} />}>
          {() =>
            problem !== undefined ? null : rows.length > 0 ? (
              <UserTable users={rows} more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined} />
            ) : (
              <Blank title={words.none} text={words.noneHint} act={<Button onClick={() => setText("")}>{words.clear}</Button>} />
            )
          }
        </Load>
      </div>
      <AddUser open={adding} onClose={() => setAdding(false)} />
    </Page>
  );
}
