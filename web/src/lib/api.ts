// One way to the server: same-origin JSON, the CSRF token sent back, every failure an ApiError. Used by queries.ts files only.
import type { Response as ErrorBody, ValidationError } from "@gen";
import { words } from "@/strings/common";
import { takeAhead } from "./ahead";
import { answered, unanswered } from "./server";

export class ApiError extends Error {
  readonly status: number;
  readonly detail: string;
  readonly fields: ValidationError[];

  constructor(status: number, body: Partial<ErrorBody>) {
    super(body.message || words.unknownError);
    this.name = "ApiError";
    this.status = status;
    this.detail = body.detail ?? "";
    this.fields = body.validations ?? [];
  }

  get denied(): boolean {
    return this.status === 403;
  }

  get missing(): boolean {
    return this.status === 404 || this.status === 410;
  }

  field(name: string): string | undefined {
    return this.fields.find((f) => f.field === name)?.detail;
  }
}

export function cookie(name: string, source = document.cookie): string {
  for (const part of source.split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return decodeURIComponent(part.slice(at + 1).trim());
  }
  return "";
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

async function failure(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    return new ApiError(answer.status, JSON.parse(text) as ErrorBody);
  } catch {
    return new ApiError(answer.status, { message: words.unexpectedAnswer(answer.status), detail: text.slice(0, 300) });
  }
}

export async function send(method: Method, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...more };
  const raw = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = raw ? body.type : "application/json";
  if (method !== "GET") headers["X-CSRF-TOKEN"] = cookie("csrf_token");
  let answer: Response;
  try {
    const early = method === "GET" ? takeAhead(`/api/v2${path}`) : undefined;
    const ask = () =>
      fetch(`/api/v2${path}`, {
        method,
        headers,
        credentials: "same-origin",
        redirect: "error",
        ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    answer = await (early ?? ask());
  } catch (cause) {
    if (signal?.aborted) throw cause;
    unanswered();
    throw new ApiError(0, { message: words.unreachable, detail: words.unreachableDetail });
  }
  answered(answer);
  if (!answer.ok && answer.status !== 304) throw await failure(answer);
  return answer;
}

async function json<T>(answer: Response): Promise<T> {
  const text = answer.status === 204 || answer.status === 304 ? "" : await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

// What was answered last, by its path: asked again by its tag, what is as it was is not sent again.
export class Answers {
  private readonly kept = new Map<string, { tag: string; value: unknown }>();

  constructor(private readonly most = 60) {}

  async ask<T>(path: string, fetchIt: (more: Record<string, string>) => Promise<Response>): Promise<T> {
    const known = this.kept.get(path);
    const answer = await fetchIt(known ? { "If-None-Match": known.tag } : {});
    if (answer.status === 304 && known) return known.value as T;
    const value = await json<T>(answer);
    const tag = answer.headers.get("ETag");
    this.kept.delete(path);
    if (tag !== null) this.kept.set(path, { tag, value });
    for (const old of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(old);
    }
    return value;
  }
}

const answers = new Answers();

export const api = {
  getChanged: <T>(path: string, signal?: AbortSignal) => answers.ask<T>(path, (more) => send("GET", path, undefined, signal, more)),
  get: async <T>(path: string, signal?: AbortSignal) => json<T>(await send("GET", path, undefined, signal)),
  post: async <T>(path: string, body?: unknown) => json<T>(await send("POST", path, body)),
  put: async <T = void>(path: string, body?: unknown) => json<T>(await send("PUT", path, body)),
  patch: async <T = void>(path: string, body?: unknown) => json<T>(await send("PATCH", path, body)),
  remove: async <T = void>(path: string, body?: unknown) => json<T>(await send("DELETE", path, body)),
  bytes: async (path: string, signal?: AbortSignal) => new Uint8Array(await (await send("GET", path, undefined, signal)).arrayBuffer()),
};

export const seg = encodeURIComponent;

export function query(values: Record<string, string | number | boolean | undefined>): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== "") out.set(key, String(value));
  const text = out.toString();
  return text ? `?${text}` : "";
}

export function socketUrl(path: string): string {
  const base = window.location.protocol === "https:" ? "wss:" : "ws:";
  return `${base}//${window.location.host}/api/v2${path}`;
}
