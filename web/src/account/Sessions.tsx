// Where I am signed in: each session can be ended, and all but this one at once.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/account";
import { Ago } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { myKeysQuery, useEndKey, useEndOthers } from "./queries";

const kShown = 8;

export function Sessions() {
  const keys = useQuery(myKeysQuery);
  const end = useEndKey();
  const others = useEndOthers();
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <Section
      title={words.sessions}
      acts={
        (keys.data?.length ?? 0) > 1 && (
          <Button size="small" onClick={() => setAsking(true)}>
            {words.sessionEndOthers}
          </Button>
        )
      }
    >
      <Load query={keys} skeleton={<Bones rows={2} height={40} />}>
        {(list) => {
          const sessions = list.filter((key) => key.login_type !== "token").toReversed();
          return (
            <>
              <ul className="items">
                {sessions.slice(0, kShown).map((key) => (
                  <li key={key.id}>
                    <Icon name="globe" />
                    <span className="grow">
                      {words.sessionSince} <Ago at={key.created_at} />
                      <span className="muted small">
                        , {words.sessionUsed} <Ago at={key.last_used} />
                      </span>
                    </span>
                    <IconButton icon="cross" label={words.sessionEnd} disabled={end.isPending} onClick={() => end.mutate(key.id, { onError: toastError })} />
                  </li>
                ))}
              </ul>
              {sessions.length > kShown && <p className="muted small">{words.sessionsMore(sessions.length - kShown)}</p>}
            </>
          );
        }}
      </Load>
      <Confirm
        open={asking}
        danger
        title={words.sessionEndOthersTitle}
        act={words.sessionEndOthers}
        busy={others.isPending}
        onClose={close}
        onYes={() => others.mutate(undefined, { onSuccess: () => (close(), toast(words.sessionsEnded)), onError: (error) => (close(), toastError(error)) })}
      >
        <p>{words.sessionEndOthersHint}</p>
      </Confirm>
    </Section>
  );
}
