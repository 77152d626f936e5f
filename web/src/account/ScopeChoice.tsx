// What a token may do: everything, or purposes; single rights are folded below.
import type { APIKeyScope } from "@gen";
import { Checkbox, Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { scopes as scopeNames, words } from "@/strings/account";
import { Button } from "@/ui/Button";
import { scopesQuery } from "./queries";
import { actWords, kEverything, offered } from "./scopes";

export type Scopes = APIKeyScope[];

export function ScopeChoice({ value, problem, onChange }: { value: Scopes; problem: string | undefined; onChange: (next: Scopes) => void }) {
  const served = useQuery(scopesQuery).data?.external ?? [];
  const [fine, setFine] = useState(false);
  const all = value.includes(kEverything);
  const { purposes, things } = offered(served);
  const toggle = (scope: string) => onChange(value.includes(scope as APIKeyScope) ? value.filter((one) => one !== scope) : [...value, scope as APIKeyScope]);
  const single = value.filter((scope) => !scope.startsWith("coder:")).length;
  const box = (scope: string, label: string) => <Checkbox key={scope} label={label} checked={value.includes(scope as APIKeyScope)} onChange={() => toggle(scope)} />;
  return (
    <div className="stack tight">
      <Radio.Group label={words.tokenMay} value={all ? "all" : "some"} onChange={(next) => onChange(next === "all" ? [kEverything] : [])} error={problem}>
        <div className="stack tight token-ways">
          <Radio value="all" label={words.tokenAll} />
          <Radio value="some" label={words.tokenSome} />
        </div>
      </Radio.Group>
      {!all && (
        <div className="stack tight token-scopes">
          {purposes.map((scope) => box(scope, scopeNames.purposes[scope] ?? scope))}
          <div>
            <Button size="small" kind="quiet" icon={fine ? "down" : "right"} aria-expanded={fine} onClick={() => setFine(!fine)}>
              {words.tokenFine}
              {single > 0 && ` · ${words.tokenFineChosen(single)}`}
            </Button>
          </div>
          {fine && (
            <div className="token-fine">
              {things.map(({ thing, scopes }) => (
                <fieldset key={thing} className="token-thing">
                  <legend>{scopeNames.things[thing] ?? thing.replaceAll("_", " ")}</legend>
                  {scopes.map((scope) => box(scope, actWords(scope)))}
                </fieldset>
              ))}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
