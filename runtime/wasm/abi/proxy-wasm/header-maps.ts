import type { Fields } from "../../exchange.ts";
import { fieldName, isFieldValue } from "../../host/field-grammar.ts";
import type { Flow, RootContext, StreamContext } from "./contexts.ts";
import type { GuestVm } from "./guest-vm.ts";
import type { Pair } from "./pairs.ts";
import { type Head, requestHead, responseHead } from "./pseudo-headers.ts";
import { MAP } from "./status.ts";

/** A map of headers or trailers as guests see it: names in lower case, pseudo headers first. */
export interface HeaderMap {
  /** The first value. */
  get(name: string): string | undefined;
  entries(): [name: string, value: string][];
  count(): number;
  /** Undefined for a map that can be read only. */
  readonly edit: HeaderEdit | undefined;
}

/** Each answers false when the map cannot hold that. What the proxy alone may say is passed over without a word. */
export interface HeaderEdit {
  set(name: string, value: string): boolean;
  add(name: string, value: string): boolean;
  remove(name: string): boolean;
}

/** The map of this number, where there is one now. */
export function headerMap(vm: GuestVm, type: number): HeaderMap | undefined {
  const { stream } = vm;
  if (type === MAP.callResponseHeaders || type === MAP.callResponseTrailers) return callMap(vm.root, type);
  if (stream === undefined) return undefined;
  if (type === MAP.requestHeaders) return requestHeaders(vm, stream);
  if (type === MAP.responseHeaders) return responseHeaders(vm, stream);
  if (type === MAP.requestTrailers) return trailers(vm, stream.request);
  if (type === MAP.responseTrailers) return trailers(vm, stream.response);
  return undefined;
}

function requestHeaders(vm: GuestVm, stream: StreamContext): HeaderMap {
  stream.requestMap ??= headMap(vm, stream, stream.request, requestHead(vm.host, stream.exchange));
  return stream.requestMap;
}

function responseHeaders(vm: GuestVm, stream: StreamContext): HeaderMap | undefined {
  const { response } = stream.exchange;
  if (response.status === 0 || (stream.response.head === "unseen" && !stream.logging)) return undefined;
  stream.responseMap ??= headMap(vm, stream, stream.response, responseHead(vm.host, stream.exchange));
  return stream.responseMap;
}

function trailers(vm: GuestVm, { trailers: fields }: Flow): HeaderMap | undefined {
  if (fields === undefined) return undefined;
  return { ...readable(fields), edit: checkedEdit(vm, fields) };
}

/** The answer to a call of the guest: `:status` and fields, or trailers. */
function callMap({ response }: RootContext, type: number): HeaderMap | undefined {
  if (response === undefined) return undefined;
  const { status, headers, trailers } = response;
  const entries: readonly Pair[] =
    type === MAP.callResponseTrailers ? trailers : [[":status", `${status}`], ...headers];
  return {
    get: (name) => entries.find(([known]) => known === name.toLowerCase())?.[1],
    entries: () => entries.map(([name, value]) => [name, value]),
    count: () => entries.length,
    edit: undefined,
  };
}

type Readable = Pick<Fields, "get" | "entries" | "count">;

function readable(fields: Readable): Readable {
  return {
    get: (name) => fields.get(fieldName(name).lowerCase),
    entries: () => fields.entries(),
    count: () => fields.count(),
  };
}

/** Heads that have gone on take edits and forget them, as in Envoy; in the log they can be read only. */
function headMap(vm: GuestVm, stream: StreamContext, flow: Flow, head: Head): HeaderMap {
  const edit = checkedEdit(vm, head);
  return {
    ...readable(head),
    get edit() {
      if (stream.logging) return undefined;
      return flow.head === "open" ? edit : FORGETTING;
    },
  };
}

const FORGETTING: HeaderEdit = { set: () => true, add: () => true, remove: () => true };

/** What is written is checked, and counted against the plugin's share. */
function checkedEdit(vm: GuestVm, map: Fields | HeaderEdit): HeaderEdit {
  const write = (name: string, value: string, put: (lowerCase: string) => unknown): boolean => {
    const { lowerCase, refusal } = fieldName(name);
    const pseudo = name.startsWith(":") || lowerCase === "host";
    if (refusal === "bad-name" || !isFieldValue(value)) return false;
    if (refusal === "forbidden" && !pseudo) return true;
    return vm.budget.edit(lowerCase.length + value.length) && put(lowerCase) !== false;
  };
  return {
    set: (name, value) => write(name, value, (lowerCase) => map.set(lowerCase, value)),
    add: (name, value) => write(name, value, (lowerCase) => map.add(lowerCase, value)),
    remove: (name) => write(name, "", (lowerCase) => map.remove(lowerCase)),
  };
}

/** Puts these pairs in place of everything in the map; names that keep their values are left alone. False when one of them cannot stand there. */
export function replaceAll(map: HeaderMap, edit: HeaderEdit, pairs: readonly Pair[]): boolean {
  const [before, after] = [byName(map.entries()), byName(pairs)];
  for (const name of before.keys()) if (!after.has(name) && !name.startsWith(":")) edit.remove(name);
  return [...after].every(([name, values]) => {
    if (before.get(name)?.join("\n") === values.join("\n")) return true;
    return values.every((value, index) => (index === 0 ? edit.set(name, value) : edit.add(name, value)));
  });
}

function byName(pairs: readonly Pair[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  return values;
}
