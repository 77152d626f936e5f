// One's inbox at hand, from wherever one is.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { words } from "@/strings/inbox";
import { Button } from "@/ui/Button";
import { Blank, Bones, InPart, Load } from "@/ui/Load";
import { toastError } from "@/ui/toast";
import { Days, Older } from "./Lines";
import { linesOf, unreadOf } from "./lines";
import { inboxPages, useMarkAllRead } from "./queries";
import "./inbox.css";

export function Panel({ onLeave }: { onLeave: () => void }) {
  const inbox = useInfiniteQuery(inboxPages);
  const unread = unreadOf(inbox.data);
  const all = useMarkAllRead();
  const lines = useRef<HTMLDivElement>(null);
  // The button has nothing left to do then and lets go of the focus: Escape would no longer reach the panel.
  const readAll = () => {
    lines.current?.focus();
    all.mutate(undefined, { onError: toastError });
  };
  return (
    <section aria-labelledby="inbox-title">
      <header className="inbox-head">
        <div className="grow">
          <h2 id="inbox-title">{words.inbox}</h2>
          <p className="muted small" role="status">
            {words.unread(unread)}
          </p>
        </div>
        <Button size="small" icon="check" disabled={unread === 0} onClick={readAll}>
          {words.allRead}
        </Button>
      </header>
      <div ref={lines} className="inbox-body" role="group" tabIndex={0} aria-label={words.inbox}>
        <InPart value={true}>
          <Load query={inbox} skeleton={<Bones rows={3} height={64} />}>
            {(pages) => {
              const lines = linesOf(pages);
              return lines.length === 0 ? <Blank title={words.none} text={words.noneHint} /> : <Days lines={lines} heading="h3" onLeave={onLeave} />;
            }}
          </Load>
        </InPart>
        <Older inbox={inbox} />
      </div>
      <footer className="inbox-foot">
        <Link to="/inbox" onClick={onLeave}>
          {words.whole}
        </Link>
        <Link to="/account" search={{ tab: "notifications" }} onClick={onLeave}>
          {words.choose}
        </Link>
      </footer>
    </section>
  );
}
