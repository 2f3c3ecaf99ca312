import type { ConnectionInfo, RequestHead } from "../../exchange.ts";
import { HeadFields } from "../head/head-fields.ts";
import type { HeadTable } from "../head/head-table.ts";
import { authorityOf, targetOf } from "../head/parse-request-head.ts";
import { CONNECTION, EXPECT, HOST, TAKES_TRAILERS } from "../head/tokenizer/layout.ts";

/** The request of a head. `expect` is the business of this hop. @param framed whether the framing announces a body */
export function requestOf(
  table: HeadTable,
  method: string,
  framed: boolean,
  upgrade: "websocket" | undefined,
  scheme: "http" | "https",
  connection: ConnectionInfo,
): RequestHead {
  const fields = new HeadFields(table);
  if (table.slot(EXPECT) >= 0) fields.remove("expect");
  return {
    method,
    scheme,
    authority: table.slot(HOST) < 0 ? serverAuthority(table, connection) : authorityOf(table),
    target: targetOf(table),
    path: "",
    query: undefined,
    fields,
    hasBody: framed,
    upgrade,
  };
}

/** HTTP/1.0 needs no host field. */
function serverAuthority(table: HeadTable, { serverAddress, serverPort }: ConnectionInfo): string {
  return authorityOf(table) || `${serverAddress}:${serverPort}`;
}

/** `te: trailers`, which counts only when `connection` names it (RFC 9110 10.1.4). */
export function takesTrailers(table: HeadTable): boolean {
  if (!table.has(TAKES_TRAILERS)) return false;
  for (let i = table.slot(CONNECTION); i >= 0; i = table.indexOf("connection", i + 1)) {
    if (/(?:^|,)\s*te\s*(?:,|$)/i.test(table.valueOf(i))) return true;
  }
  return false;
}
