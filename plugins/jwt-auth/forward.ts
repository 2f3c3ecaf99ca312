import { attributes, JsonKind, JsonValue, request } from "heddle/sdk";

/** A claim, and the header or attribute that it is copied to. */
export class ClaimCopy {
  constructor(
    readonly claim: string,
    readonly target: string,
  ) {}
}

const MAX_SAFE: f64 = 9007199254740991;

/** Takes away what the client sent under the names that only a verified claim may fill. */
export function removeForged(toHeaders: ClaimCopy[]): void {
  for (let i = 0; i < toHeaders.length; i++) request.removeHeader(toHeaders[i].target);
}

/** A value that would not arrive as it is (line ends, other than ASCII, spaces at its ends) is left out. */
export function copyToHeaders(claims: JsonValue, toHeaders: ClaimCopy[]): void {
  for (let i = 0; i < toHeaders.length; i++) {
    const value = claims.get(toHeaders[i].claim);
    const text: string | null = value === null ? null : plain(value);
    if (text !== null && isHeaderText(text)) request.setHeader(toHeaders[i].target, text);
  }
}

/** Leaves subject, issuer and the configured claims. An earlier filter's value never stands for a claim that is absent. */
export function copyToAttributes(claims: JsonValue, toAttributes: ClaimCopy[]): void {
  copyToAttribute(claims.get("sub"), "auth.subject");
  copyToAttribute(claims.get("iss"), "auth.issuer");
  for (let i = 0; i < toAttributes.length; i++) {
    copyToAttribute(claims.get(toAttributes[i].claim), toAttributes[i].target);
  }
}

function copyToAttribute(value: JsonValue | null, name: string): void {
  attributes.remove(name);
  if (value === null) return;
  if (value.kind === JsonKind.Number) attributes.set<f64>(name, value.number);
  else if (value.kind === JsonKind.Bool) attributes.set<bool>(name, value.flag);
  else {
    const text = plain(value);
    if (text !== null) attributes.set<string>(name, text);
  }
}

/** How a claim reads in one line: a list is joined by commas; null for objects, null, and lists that could be misread. */
function plain(value: JsonValue): string | null {
  if (value.kind !== JsonKind.List) return plainItem(value);
  const parts: string[] = [];
  for (let i = 0; i < value.items.length; i++) {
    const item = plainItem(value.items[i]);
    if (item === null || item.includes(",")) return null;
    parts.push(item);
  }
  return parts.join(",");
}

function plainItem(value: JsonValue): string | null {
  if (value.kind === JsonKind.Text) return value.text;
  if (value.kind === JsonKind.Bool) return value.flag ? "true" : "false";
  if (value.kind !== JsonKind.Number) return null;
  const whole = Math.trunc(value.number) === value.number && Math.abs(value.number) <= MAX_SAFE;
  return whole ? (<i64>value.number).toString() : value.number.toString();
}

function isHeaderText(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return !text.startsWith(" ") && !text.endsWith(" ");
}
