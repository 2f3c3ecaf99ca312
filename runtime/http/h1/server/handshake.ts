import type { HeadTable } from "../head/head-table.ts";
import { methodOf } from "../head/parse-request-head.ts";
import { FRAMING, FRAMING_NONE, NAMES_UPGRADE, UPGRADE_FIELD, VERSION } from "../head/tokenizer/layout.ts";

/** `plain`: no upgrade that concerns us. Else how a WebSocket handshake (RFC 6455 4.2.1) is answered. */
export type Handshake = "plain" | "valid" | "invalid" | "other_version";

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** Other protocols than WebSocket alone are ignored (RFC 9110 7.8). */
export function readHandshake(table: HeadTable): Handshake {
  if (table.slot(UPGRADE_FIELD) < 0 || only(table, "upgrade").toLowerCase() !== "websocket") return "plain";
  // RFC 9110 7.8: without the connection option, and in HTTP/1.0, it is ignored.
  if (!table.has(NAMES_UPGRADE) || table.at(VERSION) !== 11) return "plain";
  if (methodOf(table) !== "GET" || table.at(FRAMING) !== FRAMING_NONE || !KEY.test(only(table, "sec-websocket-key")))
    return "invalid";
  return only(table, "sec-websocket-version") === "13" ? "valid" : "other_version";
}

/** The value of a field that there is once; empty otherwise. */
function only(table: HeadTable, name: string): string {
  const index = table.indexOf(name);
  return index < 0 || table.indexOf(name, index + 1) >= 0 ? "" : table.valueOf(index);
}
