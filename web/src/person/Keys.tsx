// What a person is signed in with: sessions, tokens, and apart from them what running workspaces hold.
import type { APIKeyWithOwner } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isOfWorkspace } from "@/account/keys";
import { scopeWords } from "@/account/scopes";
import { words } from "@/strings/person";
import { Ago } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast, toastFailed } from "@/ui/toast";
import type { About } from "./PersonPage";
import { keysOf, useEndAllKeys, useEndKey } from "./queries";

const kShown = 8;

export function Keys({ user: u, over, mine }: About) {
  const keys = useQuery({ ...keysOf(u.id), enabled: over.readKeys });
  const end = useEndKey();
  const endAll = useEndAllKeys();
  const [asking, setAsking] = useState(false);
  const count = keys.data?.length ?? 0;
  const close = () => setAsking(false);
  const one = (key: string) => end.mutate({ id: u.id, key }, { onSuccess: () => toast(words.ended(1)), onError: (error) => toastFailed(words.notEnded, error) });
  const all = () => endAll.mutate(u.id, { onSuccess: () => (close(), toast(over.readKeys ? words.ended(count) : words.endedAll)), onError: (error) => (close(), toastFailed(words.notEnded, error)) });
  return (
    <Section
      title={words.sessions}
      acts={
        over.personal &&
        !mine &&
        (count > 0 || !over.readKeys) && (
          <Button size="small" kind="quiet" onClick={() => setAsking(true)}>
            {words.endAll}
          </Button>
        )
      }
    >
      {over.readKeys ? (
        <Load query={keys} skeleton={<Bones rows={2} height={36} />}>
          {(list) => {
            const own = list.filter((key) => !isOfWorkspace(key));
            const others = list.length - own.length;
            return (
              <>
                {own.length === 0 && <p className="muted">{words.sessionsNone}</p>}
                <ul className="person-small">
                  {own.slice(0, kShown).map((key) => (
                    <Row key={key.id} held={key} onEnd={over.endKeys && !mine ? () => one(key.id) : undefined} />
                  ))}
                </ul>
                {own.length > kShown && <p className="muted small">{words.moreKeys(own.length - kShown)}</p>}
                {others > 0 && <p className="muted small">{words.tokensOfWorkspaces(others)}</p>}
              </>
            );
          }}
        </Load>
      ) : (
        <p className="muted small">{words.keysHidden}</p>
      )}
      <Confirm open={asking} title={words.endTitle(u.name || u.username)} act={words.endAll} danger busy={endAll.isPending} onClose={close} onYes={all}>
        <p>{over.readKeys ? words.endText(count) : words.endTextHidden}</p>
      </Confirm>
    </Section>
  );
}

function Row({ held: key, onEnd }: { held: APIKeyWithOwner; onEnd: (() => void) | undefined }) {
  const token = key.login_type === "token";
  const name = token ? key.token_name || key.id : words.session;
  return (
    <li>
      <span className="person-key">
        <Icon name={token ? "key" : "globe"} />
        <span>
          {token ? words.token(name) : name}
          <br />
          <span className="muted small">
            {token ? `${scopeWords(key.scopes, key.allow_list)}; ${words.tokenEnds} ` : `${words.sessionUsed} `}
            <Ago at={token ? key.expires_at : key.last_used} />
          </span>
        </span>
      </span>
      {onEnd && <IconButton icon="cross" label={words.endOne(name)} onClick={onEnd} />}
    </li>
  );
}
