// Daemons, jobs and tags in words.
import type { ProvisionerDaemon, ProvisionerJob } from "@gen";
import { commandLine } from "@/lib/shell";
import { words } from "@/strings/provisioners";
import type { Tone } from "@/ui/State";

// What every daemon and job of an organization has says nothing.
export function tagsOf(tags: Record<string, string>): string[] {
  return Object.entries(tags)
    .filter(([name, value]) => !(name === "scope" && value === "organization") && !(name === "owner" && value === ""))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .sort();
}

// "region=eu, gpu": names with or without a value. Nothing: it is not written so.
export function readTags(text: string): Record<string, string> | undefined {
  const out: Record<string, string> = {};
  for (const part of text.split(/[\s,]+/).filter((one) => one !== "")) {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    if (name === "" || name in out) return undefined;
    out[name] = at < 0 ? "" : part.slice(at + 1);
  }
  return out;
}

export const isKeyName = (name: string): boolean => /^[a-zA-Z0-9._-]{1,64}$/.test(name) && !["built-in", "user-auth", "psk"].includes(name.toLowerCase());

export const startCommand = (server: string): string => commandLine(["slipwayd", "provisioner", "--url", server, "--key-file", "key"]);

const templateOf = (name: string, display: string) => display || name || words.someTemplate;

export function daemonState(d: Pick<ProvisionerDaemon, "status" | "current_job" | "previous_job">): { tone: Tone; word: string; why: string } {
  const last = d.previous_job;
  const before = last ? words.last(templateOf(last.template_name, last.template_display_name), last.status === "succeeded") : "";
  if (d.status === "busy" && d.current_job) return { tone: "wait", word: words.busy, why: words.worksOn(templateOf(d.current_job.template_name, d.current_job.template_display_name)) };
  if (d.status === "offline") return { tone: "off", word: words.offline, why: before };
  return { tone: "good", word: words.idle, why: before };
}

export function jobTitle(job: Pick<ProvisionerJob, "type" | "metadata">): string {
  const m = job.metadata;
  const template = templateOf(m.template_name, m.template_display_name);
  if (job.type === "workspace_build") return (words.builds[m.workspace_build_transition ?? ""] ?? words.builds.start!)(m.workspace_name || words.someWorkspace);
  return job.type === "template_version_dry_run" ? words.tries(template) : words.imports(template, m.template_version_name);
}

export const waits = (job: Pick<ProvisionerJob, "status">): boolean => job.status === "pending";
export const isOpen = (job: Pick<ProvisionerJob, "status">): boolean => job.status === "pending" || job.status === "running";

const kTones: Record<ProvisionerJob["status"], Tone> = { pending: "wait", running: "wait", canceling: "wait", succeeded: "good", failed: "bad", canceled: "off", unknown: "off" };

// Why it waits: nobody who is there has its tags, or others stand before it.
export function jobState(job: Pick<ProvisionerJob, "status" | "tags" | "available_workers" | "queue_position" | "queue_size" | "worker_name" | "error">): { tone: Tone; word: string; why: string; moving: boolean } {
  const word = words.states[job.status] ?? job.status;
  const tone = kTones[job.status];
  if (waits(job)) {
    if ((job.available_workers ?? []).length === 0) return { tone: "bad", word: words.stuck, why: words.noDaemon(tagsOf(job.tags)), moving: false };
    return { tone, word, why: job.queue_position > 0 ? words.place(job.queue_position, job.queue_size) : "", moving: false };
  }
  return { tone, word, why: job.status === "failed" ? (job.error ?? "") : job.worker_name ? words.by(job.worker_name) : "", moving: job.status !== "succeeded" };
}

// Where a job is cancelled is where what it serves is. Nothing: it is not known, or over.
export function cancelPath(job: Pick<ProvisionerJob, "id" | "type" | "input" | "status">): string | undefined {
  const { workspace_build_id: build, template_version_id: version } = job.input;
  if (!isOpen(job)) return undefined;
  if (job.type === "workspace_build") return build ? `/workspacebuilds/${build}/cancel` : undefined;
  if (!version) return undefined;
  return job.type === "template_version_dry_run" ? `/templateversions/${version}/dry-run/${job.id}/cancel` : `/templateversions/${version}/cancel`;
}
