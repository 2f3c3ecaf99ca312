import type { FieldList } from "./fields.ts";

export type RequestCheck =
  | { readonly ok: true; readonly hasBody: boolean; readonly expectsContinue: boolean }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** Methods that Node's parser accepts but that mean nothing good behind a proxy (RFC 9110 9.3.8: TRACE leaks fields). */
const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT", "SOURCE", "PRI"]);

/**
 * What HTTP/1.1 demands of a request and Node's parser lets through: one Host, no other coding than `chunked`, a known
 * expectation, a version that this connection speaks (RFC 9112 2.3, 3.2, 6.1; RFC 9110 10.1.1).
 */
export function checkRequest(request: { method: string; version: string; fields: FieldList }): RequestCheck {
  const { method, version, fields } = request;
  if (version !== "1.1" && version !== "1.0") return refused(505, "http_version");
  if (REFUSED_METHODS.has(method)) return refused(405, "method_refused");
  const hosts = fields.values("host").length;
  if (hosts > 1) return refused(400, "host_repeated");
  if (hosts === 0 && version === "1.1") return refused(400, "host_missing");
  const upgrade = fields.get("upgrade");
  if (upgrade !== undefined && WEBSOCKET.test(upgrade)) return refused(501, "upgrade_unsupported");
  return FRAMING.some((name) => fields.has(name)) ? checkFraming(version, fields) : PLAIN;
}

const WEBSOCKET = /(?:^|,)\s*websocket\s*(?:,|$|\/)/i;
/** Without any of these a request has no body and expects nothing. */
const FRAMING = ["transfer-encoding", "content-length", "expect"];
const PLAIN: RequestCheck = Object.freeze({ ok: true, hasBody: false, expectsContinue: false });

function checkFraming(version: string, fields: FieldList): RequestCheck {
  const codings = fields.values("transfer-encoding");
  const lengths = fields.values("content-length");
  if (codings.length > 0 && version === "1.0") return refused(400, "transfer_encoding_in_http_1_0");
  if (codings.length > 1 || (codings[0] ?? "chunked").toLowerCase() !== "chunked") {
    return refused(400, "transfer_encoding");
  }
  if (lengths.length > 1 || (codings.length > 0 && lengths.length > 0)) return refused(400, "content_length");
  const expectations = fields.values("expect");
  if (expectations.length > 1 || (expectations[0] ?? "100-continue").toLowerCase() !== "100-continue") {
    return refused(417, "expectation");
  }
  const hasBody = codings.length > 0 || (lengths[0] !== undefined && Number(lengths[0]) > 0);
  return { ok: true, hasBody, expectsContinue: expectations.length > 0 && version === "1.1" && hasBody };
}

function refused(status: number, detail: string): RequestCheck {
  return { ok: false, status, detail };
}
