import { createHash } from "node:crypto";
import type { FieldList } from "../../fields.ts";
import type { HeadTable } from "../head/head-table.ts";
import { UPGRADE_WEBSOCKET } from "../head/tokenizer/layout.ts";

/** RFC 6455 1.3 */
const SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Whether a 101 answers this request for a WebSocket: the protocol, and the proof that its key was read (RFC 6455 4.1). */
export function acceptsWebSocket(response: HeadTable, answer: FieldList, request: FieldList): boolean {
  const key = request.get("sec-websocket-key") ?? "";
  const proof = createHash("sha1")
    .update(key + SALT)
    .digest("base64");
  return response.has(UPGRADE_WEBSOCKET) && answer.get("sec-websocket-accept") === proof;
}
