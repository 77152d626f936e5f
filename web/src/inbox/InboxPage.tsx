// One's inbox: what happened by day, and beside it what reaches one at all; on narrow windows that is a second tab.
import { Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { words } from "@/strings/inbox";
import { Button } from "@/ui/Button";
import { Blank, Bones, InPart, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { PageTabs } from "@/ui/PageTabs";
import { toast, toastError } from "@/ui/toast";
import { Choices } from "./Choices";
import { Days, Older } from "./Lines";
import { linesOf, unreadOf } from "./lines";
import { inboxPages, newPages, useMarkAllRead, useTellMe } from "./queries";
import "./inbox.css";

const kTabs: [string, string][] = [
  ["inbox", words.inbox],
  ["choices", words.choose],
];

export function InboxPage() {
  const tab = useSearch({ from: "/app/inbox" }).tab ?? "inbox";
  const navigate = useNavigate({ from: "/inbox" });
  const wide = useMediaQuery("(min-width: 1200px)", true, { getInitialValueInEffect: false });
  const unread = unreadOf(useInfiniteQuery(inboxPages).data);
  const all = useMarkAllRead();
  const markAll = unread > 0 && (
    <Button icon="check" busy={all.isPending} onClick={() => all.mutate(undefined, { onError: toastError })}>
      {words.allRead}
    </Button>
  );
  return (
    <Page title={words.inbox} state={<span role="status">{words.unread(unread)}</span>} acts={markAll}>
      {wide ? (
        <div className="inbox-page">
          <List unread={unread} />
          <aside className="stack" aria-labelledby="inbox-choices">
            <h2 id="inbox-choices">{words.choose}</h2>
            <Reaching />
          </aside>
        </div>
      ) : (
        <PageTabs value={tab} tabs={kTabs} onChoose={(next) => void navigate({ search: next ? { tab: next } : {}, replace: true })} width={680}>
          <Tabs.Panel value="inbox">
            <List unread={unread} />
          </Tabs.Panel>
          <Tabs.Panel value="choices">
            <Reaching />
          </Tabs.Panel>
        </PageTabs>
      )}
    </Page>
  );
}

function Reaching() {
  const tell = useTellMe();
  const test = () => tell.mutate({ title: words.testTitle, message: words.testMessage }, { onSuccess: () => toast(words.tested), onError: toastError });
  return (
    <InPart value={true}>
      <Choices />
      <div>
        <Button busy={tell.isPending} onClick={test}>
          {words.test}
        </Button>
      </div>
    </InPart>
  );
}

function List({ unread }: { unread: number }) {
  const onlyNew = useSearch({ from: "/app/inbox" }).show === "new";
  const navigate = useNavigate({ from: "/inbox" });
  const inbox = useInfiniteQuery(onlyNew ? newPages : inboxPages);
  const show = (which?: "new") => void navigate({ search: which ? { show: which } : {}, replace: true });
  const none = onlyNew ? <Blank title={words.noneNew} text={words.noneNewHint} act={<Button onClick={() => show()}>{words.showAll}</Button>} /> : <Blank title={words.none} text={words.noneHint} />;
  const empty = !onlyNew && inbox.data !== undefined && linesOf(inbox.data).length === 0;
  return (
    <div className="inbox-list">
      {!empty && (
        <div className="row" role="group" aria-label={words.filter}>
          <button type="button" className="chip" aria-pressed={!onlyNew} onClick={() => show()}>
            {words.all}
          </button>
          <button type="button" className="chip" aria-pressed={onlyNew} onClick={() => show("new")}>
            {words.onlyNew(unread)}
          </button>
        </div>
      )}
      <InPart value={true}>
        <Load query={inbox} skeleton={<Bones rows={6} height={72} />}>
          {(pages) => (linesOf(pages).length === 0 ? none : <Days lines={linesOf(pages)} heading="h2" />)}
        </Load>
      </InPart>
      <Older inbox={inbox} />
    </div>
  );
}
