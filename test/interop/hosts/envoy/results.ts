import type { FilterResult, HeaderRecord, ResponseResult } from "../../../../runtime/workbench/filter-result.ts";
import type { Seen } from "./messages.ts";

type Fields = Seen["fields"];

/** What Envoy adds to every message, or the stage does. */
const ADDED = /^(?:host|date|connection|keep-alive|x-request-id|x-forwarded-(?:for|proto)|x-envoy-.*|x-test-.*)$/;
const FRAMING = /^(?:content-length|transfer-encoding)$/;
const LEFT_FOR_ROUTES = /^x-heddle-/;

export function requestResult(seen: Seen): FilterResult {
  const answered = seen.kind === "respond";
  const sent = seen.kind === "next" ? plain(seen.fields) : [];
  const body = answered ? textOf(seen.body) : "";
  return {
    verdict: seen.kind,
    fault: seen.kind === "fault" ? { code: "GUEST_TRAP", detail: seen.detail ?? "", frames: [] } : undefined,
    status: answered ? seen.status : undefined,
    headers: answered ? record(withoutFraming(plain(seen.fields))) : {},
    body,
    detail: answered ? seen.detail : undefined,
    request: {
      headers: record(sent),
      body: textOf(seen.kind === "next" ? seen.body : new Uint8Array()),
      values: (name) => valuesOf(sent, name),
    },
    attributes: seen.attributes,
    effects: { verdict: seen.kind },
    backend: seen.cluster,
    hashKey: valuesOf(seen.fields, "x-heddle-hash-key")[0],
    json: () => JSON.parse(body) as unknown,
  };
}

export function responseResult(seen: Seen, request: FilterResult): ResponseResult {
  const fields = withoutFraming(plain(seen.fields));
  const body = textOf(seen.body);
  return {
    ...request,
    verdict: seen.kind,
    status: seen.status,
    headers: record(fields),
    body,
    detail: seen.kind === "respond" ? seen.detail : undefined,
    attributes: seen.attributes,
    effects: { verdict: seen.kind },
    values: (name) => valuesOf(fields, name),
    json: () => JSON.parse(body) as unknown,
  };
}

function plain(fields: Fields): Fields {
  return fields.filter(([name]) => !ADDED.test(name) && !LEFT_FOR_ROUTES.test(name));
}

function withoutFraming(fields: Fields): Fields {
  return fields.filter(([name]) => !FRAMING.test(name));
}

function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value);
}

function record(fields: Fields): HeaderRecord {
  const joined: Record<string, string> = {};
  for (const [name, text] of fields) {
    // Envoy joins some repeated fields itself, without a space.
    const value = name === "vary" ? text.replaceAll(/,(?=\S)/g, ", ") : text;
    joined[name] = name in joined ? `${joined[name]}, ${value}` : value;
  }
  return joined;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
