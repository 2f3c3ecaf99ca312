/** What a client of the content plane is told: a status and an error body (OCI distribution v1.1, "Error Codes"). */

import { type HeddleError, isHeddleError } from "../errors.ts";

export type OciCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS";

export class OciFailure extends Error {
  override readonly name = "OciFailure";
  readonly status: number;
  readonly code: OciCode | "STORE_FULL" | "INTERNAL";
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: OciFailure["code"],
    message: string,
    { detail, headers = {} }: { detail?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }

  get body(): { errors: { code: string; message: string; detail?: unknown }[] } {
    const { code, message, detail } = this;
    return { errors: [detail === undefined ? { code, message } : { code, message, detail }] };
  }
}

/** Whatever was thrown, as an answer. Unknown failures say nothing about the inside. */
export function failureOf(thrown: unknown): OciFailure {
  if (thrown instanceof OciFailure) return thrown;
  if (isHeddleError(thrown)) return fromHeddle(thrown);
  if (isDiskFull(thrown)) {
    return new OciFailure(507, "STORE_FULL", "The registry's disk is full; nothing that was acknowledged is lost.");
  }
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new OciFailure(status, "UNSUPPORTED", (thrown as Error).message);
  }
  return new OciFailure(500, "INTERNAL", "The registry failed; its log says why.");
}

/** ENOSPC and EDQUOT from the file system, SQLITE_FULL (13) from the database. */
export function isDiskFull(thrown: unknown): boolean {
  const { code, errcode } = (thrown ?? {}) as { code?: unknown; errcode?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || errcode === 13;
}

function fromHeddle(error: HeddleError): OciFailure {
  const detail = { code: error.code, remedy: error.remedy };
  switch (error.code) {
    case "ARTIFACT_TOO_LARGE":
      return new OciFailure(413, "SIZE_INVALID", error.message, { detail });
    case "DIGEST_INVALID":
    case "DIGEST_MISMATCH":
      return new OciFailure(400, "DIGEST_INVALID", error.message, { detail });
    case "TAG_IMMUTABLE":
      return new OciFailure(409, "DENIED", error.message, { detail });
    case "STATE_REFUSED":
      return new OciFailure(409, "DENIED", error.message, { detail });
    default:
      return new OciFailure(400, "MANIFEST_INVALID", error.message, { detail });
  }
}
