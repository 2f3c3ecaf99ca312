import type { WireCase } from "../wire-case.ts";
import { CHUNKS } from "./chunks.ts";
import { CODINGS } from "./codings.ts";
import { CONNECTIONS } from "./connections.ts";
import { FIELDS } from "./fields.ts";
import { HOSTS } from "./hosts.ts";
import { LENGTHS } from "./lengths.ts";
import { REQUEST_LINES } from "./request-lines.ts";
import { SEQUENCES } from "./sequences.ts";

/** reliability 2.1, by table. */
export const TABLES: readonly (readonly [name: string, cases: readonly WireCase[]])[] = [
  ["Content-Length", LENGTHS],
  ["Transfer-Encoding", CODINGS],
  ["chunked coding", CHUNKS],
  ["request line", REQUEST_LINES],
  ["Host", HOSTS],
  ["field lines", FIELDS],
  ["Connection, Upgrade, Expect and their like", CONNECTIONS],
  ["sequences of messages", SEQUENCES],
];
