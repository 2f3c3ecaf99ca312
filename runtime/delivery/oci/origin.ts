import { isIP } from "node:net";
import { HeddleError } from "../../errors.ts";

/** `localhost`, 127.0.0.0/8 or ::1, with or without a port and brackets. */
export function isLoopback(host: string): boolean {
  const name = hostname(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** Whether a host is an address literal that no public server may send us to: loopback, private, link-local, metadata. */
export function isInternal(host: string): boolean {
  const name = hostname(host);
  if (isLoopback(name)) return true;
  if (isIP(name) === 4) return /^(0|10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(name);
  return isIP(name) === 6 && /^(::|f[cd]|fe[89ab])/i.test(name);
}

/**
 * The origin under which a registry's host is reached: HTTPS, or plain HTTP on the machine itself and where
 * `insecure` says so.
 * @example registryOrigin("127.0.0.1:5000") // "http://127.0.0.1:5000"
 */
export function registryOrigin(host: string, insecure = false): string {
  return `${insecure || isLoopback(host) ? "http" : "https"}://${host}`;
}

/** Parses a registry's URL, refusing plain HTTP beyond the machine. Throws CONFIG_INVALID. */
export function parseRegistryUrl(url: string, insecure = false): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new HeddleError("CONFIG_INVALID", `expected the http(s) URL of a registry, got ${JSON.stringify(url)}`);
  }
  if (parsed.protocol === "http:" && !insecure && !isLoopback(parsed.host)) {
    throw new HeddleError("CONFIG_INVALID", `expected https, got plain http to ${parsed.host}`, {
      where: url,
      remedy: "Use https, or pass --insecure on a network where nobody can listen.",
    });
  }
  return parsed;
}

function hostname(host: string): string {
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(host);
  if (bracketed) return bracketed[1] ?? "";
  return isIP(host) === 6 ? host : host.replace(/:\d+$/, "").toLowerCase();
}
