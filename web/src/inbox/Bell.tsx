// The bell in the top bar, with how much is new; the inbox itself comes when it is asked for.
import { Popover } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { chunk } from "@/lib/chunk";
import { usePlaceKey } from "@/lib/keys";
import { words } from "@/strings/inbox";
import { IconButton } from "@/ui/Button";
import { shortCount, unreadOf } from "./lines";
import { inboxPages, useInboxNews } from "./queries";
import "./bell.css";

const Panel = lazy(chunk(async () => ({ default: (await import("./Panel")).Panel })));

export function Bell() {
  useInboxNews();
  const unread = unreadOf(useInfiniteQuery(inboxPages).data);
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  usePlaceKey("i", () => void navigate({ to: "/inbox" }));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width="min(440px, calc(100vw - 16px))" shadow="md" trapFocus returnFocus transitionProps={{ duration: 0 }}>
      <span className="bell">
        <Popover.Target>
          <IconButton icon="bell" label={words.bell(unread)} onClick={() => setOpen(!open)} />
        </Popover.Target>
        {unread > 0 && (
          <span className="bell-count" aria-hidden="true">
            {shortCount(unread)}
          </span>
        )}
      </span>
      <Popover.Dropdown className="inbox-panel" aria-label={words.inbox} p={0}>
        <Suspense>
          <Panel onLeave={() => setOpen(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
