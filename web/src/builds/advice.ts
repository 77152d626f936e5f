// What to try after a failure, from the words of its first cause.
import { words } from "@/strings/builds";

const kRules: [RegExp, keyof typeof words.tries][] = [
  [/no valid credential|unauthori[sz]ed|accessdenied|access denied|forbidden|invalidclienttokenid|expired ?token|could not find default credentials/i, "credentials"],
  [/docker daemon|docker\.sock|cannot connect to the docker/i, "docker"],
  [/quota|limit ?exceeded|insufficient (capacity|instance|quota)|out of stock/i, "quota"],
  [/parameter|no value for required variable|invalid value for variable|validation/i, "parameter"],
  [/already exists|conflict|already in use|duplicate/i, "conflict"],
  [/(failed to|could not) (query available|install|resolve) provider|provider registry|checksums|inconsistent dependency lock/i, "provider"],
  [/heartbeat|stopped responding|daemon (went|is) (silent|gone)|provisioner.*(silent|lost)/i, "daemon"],
  [/timed? ?out|deadline exceeded/i, "time"],
  [/connection refused|no such host|network|dial tcp|tls|temporary failure|eof/i, "network"],
  [/unsupported argument|invalid (expression|reference|block)|missing required argument|unclosed|argument or block definition|duplicate resource|reference to undeclared/i, "syntax"],
  [/cancel/i, "canceled"],
];

export function advice(cause: string): string {
  const rule = kRules.find(([pattern]) => pattern.test(cause));
  return words.tries[rule?.[1] ?? "other"];
}

export function adviceKind(cause: string): keyof typeof words.tries {
  return kRules.find(([pattern]) => pattern.test(cause))?.[1] ?? "other";
}
