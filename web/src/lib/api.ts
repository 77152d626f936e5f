// One way to the server: same-origin JSON, the CSRF token sent back, every failure an ApiError. Used by queries.ts files only.
import type { Response as ErrorBody, ValidationError } from "@gen";
import { words } from "@/strings/common";
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

export async function send(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-TOKEN"] = cookie("csrf_token");
  let answer: Response;
  try {
    answer = await fetch(`/api/v2${path}`, {
      method,
      headers,
      credentials: "same-origin",
      redirect: "error",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
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

export const api = {
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
