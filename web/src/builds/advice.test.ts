import { expect, it } from "vitest";
import { adviceKind } from "./advice";

it.each([
  ["Error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock", "docker"],
  ["Error: No valid credential sources found", "credentials"],
  ["No value for required variable", "parameter"],
  ["dial tcp 10.0.0.1:443: connect: connection refused", "network"],
  ["Unsupported argument", "syntax"],
  ["something odd", "other"],
])("%s -> %s", (cause, kind) => {
  expect(adviceKind(cause)).toBe(kind);
});
