import { type FieldList, fieldList } from "../fields.ts";
import { stripTrailers } from "../hop-by-hop.ts";

/** RFC 9110 5.6.2, lower case (RFC 9113 8.2.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** RFC 9110 5.5: no control but a tab inside; whatever an HTTP/1.1 line could break at is out. */
const VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;

/** About one HTTP/1.1 connection: an HTTP/2 message that carries one is malformed (RFC 9113 8.2.2). */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Whether a field could stand as one line of an HTTP/1.1 message and nothing more. */
export function isLegalField(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value);
}

/** What may stand in a field that goes out. Characters above 255 would become other bytes, LF among them. */
const SENT = /^[\t\x20-\x7e\x80-\xff]*$/;
const SENT_PSEUDO = /^[\x21-\x7e]*$/;

/** The last guard behind filters and configuration: node:http2 sends what it is given, line breaks too. @param raw alternating names and values */
export function mayGoOut(raw: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    if (name.startsWith(":") ? !SENT_PSEUDO.test(value) : !(NAME.test(name) && SENT.test(value))) return false;
  }
  return true;
}

/** What is wrong with the ordinary fields of an HTTP/2 message, alternating names and values; undefined when nothing is. */
export function illegalField(raw: readonly string[]): "field_illegal" | "field_connection_specific" | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!isLegalField(name, raw[i + 1] as string)) return "field_illegal";
    if (CONNECTION_SPECIFIC.has(name)) return "field_connection_specific";
  }
  return undefined;
}

/** Trailers fit to be forwarded, whatever protocol the other side speaks; undefined when none are left. */
export function legalTrailers(raw: readonly string[]): FieldList | undefined {
  const legal: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    if (isLegalField(name, value)) legal.push(name, value);
  }
  const trailers = fieldList(legal);
  stripTrailers(trailers);
  return trailers.count() === 0 ? undefined : trailers;
}

/** In the form that node:http2 takes where it takes no list; repeated fields stay separate. */
export function fieldObject(fields: FieldList | undefined): Record<string, string[]> {
  const object: Record<string, string[]> = Object.create(null);
  for (const [name, value] of fields?.entries() ?? []) {
    const values = object[name] ?? [];
    values.push(value);
    object[name] = values;
  }
  return object;
}
