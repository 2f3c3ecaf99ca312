import { request } from "heddle/sdk";

/** Every value that a request presents as a key: none, one, or too many to know which one is meant. */
export function candidates(place: string, name: string): string[] {
  if (place === "query") return queryValues(name);
  if (place === "cookie") return cookieValues(name);
  return request.headerValues(name);
}

/** Keeps the key from the backend; a key in the query cannot be taken out. */
export function strip(place: string, name: string): void {
  if (place === "cookie") stripCookie(name);
  else request.removeHeader(name);
}

/** Values of a query parameter, percent-decoded; `+` stays a plus sign. A broken escape makes a value that no key has. */
function queryValues(name: string): string[] {
  const found: string[] = [];
  const query = request.query();
  if (query === null) return found;
  const pairs = query.split("&");
  for (let i = 0; i < pairs.length; i++) {
    const equals = pairs[i].indexOf("=");
    const key = equals < 0 ? pairs[i] : pairs[i].substring(0, equals);
    if (percentDecode(key) === name) found.push(equals < 0 ? "" : percentDecode(pairs[i].substring(equals + 1)));
  }
  return found;
}

function cookieValues(name: string): string[] {
  const found: string[] = [];
  const pairs = cookiePairs();
  for (let i = 0; i < pairs.length; i++) {
    if (cookieName(pairs[i]) === name) found.push(pairs[i].substring(name.length + 1));
  }
  return found;
}

function stripCookie(name: string): void {
  const kept: string[] = [];
  const pairs = cookiePairs();
  for (let i = 0; i < pairs.length; i++) {
    if (cookieName(pairs[i]) !== name) kept.push(pairs[i]);
  }
  if (kept.length === 0) request.removeHeader("cookie");
  else request.setHeader("cookie", kept.join("; "));
}

/** The pairs of all Cookie fields; HTTP/2 may send them apart (RFC 9113 section 8.2.3). */
function cookiePairs(): string[] {
  const pairs: string[] = [];
  const all = request.headerValues("cookie").join(";").split(";");
  for (let i = 0; i < all.length; i++) {
    const pair = all[i].trim();
    if (pair.length > 0) pairs.push(pair);
  }
  return pairs;
}

function cookieName(pair: string): string {
  const equals = pair.indexOf("=");
  return equals < 0 ? "" : pair.substring(0, equals);
}

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  let decoded = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x25) {
      decoded += text.charAt(i);
      continue;
    }
    const high = i + 2 < text.length ? hexDigit(text.charCodeAt(i + 1)) : -1;
    const low = high < 0 ? -1 : hexDigit(text.charCodeAt(i + 2));
    if (low < 0) return "";
    decoded += String.fromCharCode((high << 4) | low);
    i += 2;
  }
  return decoded;
}

function hexDigit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
