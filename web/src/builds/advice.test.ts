import { expect, it } from "vitest";
import { adviceKind } from "./advice";

it.each([
  ["Error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock", "docker"],
  ["Error: No valid credential sources found", "credentials"],
  ["No value for required variable", "parameter"],
  ["dial tcp 10.0.0.1:443: connect: connection refused", "network"],
  ["Unsupported argument", "syntax"],
  ["Could not resolve provider coder/coder: could not connect to registry.opentofu.org: no such host", "provider"],
  ["something odd", "other"],
])("%s -> %s", (cause, kind) => {
  expect(adviceKind(cause)).toBe(kind);
});
