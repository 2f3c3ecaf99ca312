import { type FieldList, fieldList } from "../fields.ts";
import { stripHopByHop } from "../hop-by-hop.ts";
import { announcesTrailers } from "./announced-trailers.ts";
import { illegalField } from "./legal-fields.ts";

export type ResponseHeadRead =
  | { readonly ok: true; readonly status: number; readonly fields: FieldList; readonly announcesTrailers: boolean }
  | { readonly ok: false; readonly detail: string };

/** Reads a response as node:http2 delivers it; what could not be written as HTTP/1.1 is a fault of the endpoint. */
export function readResponseHead(raw: readonly string[]): ResponseHeadRead {
  const plain: string[] = [];
  let status = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string];
    if (!name.startsWith(":")) plain.push(name, value);
    else if (name === ":status") status = /^[1-5][0-9]{2}$/.test(value) ? Number(value) : 0;
  }
  if (status === 0 || status === 101) return { ok: false, detail: "status" };
  const illegal = illegalField(plain);
  if (illegal !== undefined) return { ok: false, detail: illegal };
  const fields = fieldList(plain);
  if (fields.values("content-length").length > 1) return { ok: false, detail: "content_length" };
  const announced = announcesTrailers(fields);
  stripHopByHop(fields);
  return { ok: true, status, fields, announcesTrailers: announced };
}
