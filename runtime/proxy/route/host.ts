import { inOnePiece } from "../../http/h1/latin1.ts";

/** Labels may hold underscores: such names exist in service meshes. Dots are single, and never lead. */
const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/;
const PORT = /^(?:0*[1-9][0-9]{0,4})?$/;

/** A host and port as a client named them. */
export interface Authority {
  /** Lower case, one trailing dot removed; IPv6 addresses keep their brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** `host` or `host:port`. */
  readonly text: string;
}

/** Authorities that are remembered; when there are more, all are forgotten. */
const REMEMBERED = 1_024;

const remembered = new Map<string, Authority>();

/**
 * Parses `host[:port]` of a Host field, `:authority` or absolute-form target (RFC 9110 section 7.2, without userinfo).
 * Undefined when malformed: bad IPv6, empty label, port outside 1 to 65535, userinfo.
 */
export function parseAuthority(text: string): Authority | undefined {
  const known = remembered.get(text);
  if (known !== undefined || parse(text) === undefined) return known;
  if (remembered.size >= REMEMBERED) remembered.clear();
  // A copy: a piece of a longer text would keep all of it.
  const own = inOnePiece(text);
  const authority = parse(own) as Authority;
  remembered.set(own, authority);
  return authority;
}

function parse(text: string): Authority | undefined {
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : text.indexOf(":");
  const split = end <= 0 ? text.length : end;
  const host = canonicalHost(text.slice(0, split).toLowerCase());
  const rest = text.slice(split);
  if (host === undefined || (rest !== "" && !rest.startsWith(":")) || !PORT.test(rest.slice(1))) return undefined;
  const port = rest.length > 1 ? Number(rest.slice(1)) : undefined;
  if (port === undefined) return { host, port, text: host };
  return port > 65535 ? undefined : { host, port, text: `${host}:${port}` };
}

function canonicalHost(host: string): string | undefined {
  if (host.startsWith("[")) return IPV6.test(host) && URL.canParse(`http://${host}/`) ? host : undefined;
  if (host.length > 254 || !NAME.test(host)) return undefined;
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
