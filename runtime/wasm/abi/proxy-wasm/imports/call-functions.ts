import type { GuestCall } from "../../../guest-calls.ts";
import { fieldName, isFieldValue } from "../../../host/field-grammar.ts";
import { writeLog } from "../guest-log.ts";
import type { GuestVm } from "../guest-vm.ts";
import { decodePairs, type Pair } from "../pairs.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const WARN = 3;
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
/** Visible characters, and bytes beyond ASCII. */
const TARGET = /^(?:\/|\*$)[\x21-\x7e\x80-\xff]*$/;
const AUTHORITY = /^[\x21-\x7e]{1,255}$/;

const NO_TLS = "it asks for https, and no BackendTLSPolicy says whom to trust there";

/** Calls to backends. The answer comes on the root context, by the number that the call gave. */
export function callFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  return {
    proxy_http_call(
      upstreamAt: number,
      upstreamSize: number,
      headersAt: number,
      headersSize: number,
      bodyAt: number,
      bodySize: number,
      trailersAt: number,
      trailersSize: number,
      timeout: number,
      tokenAt: number,
    ) {
      const upstream = memory.text(upstreamAt, upstreamSize);
      const headers = memory.bytes(headersAt, headersSize);
      const body = memory.bytes(bodyAt, bodySize);
      const trailers = memory.bytes(trailersAt, trailersSize);
      if (upstream === undefined || headers === undefined || body === undefined || trailers === undefined)
        return STATUS.invalidMemoryAccess;
      if (!memory.setWord(tokenAt, 0)) return STATUS.invalidMemoryAccess;
      const call = readCall(vm, upstream, decodePairs(headers) ?? [], body, timeout | 0);
      if (typeof call === "string") return refuse(vm, upstream, call);
      const token = vm.life.calls.send(call, vm.stream);
      if (token === undefined) return STATUS.internalFailure;
      memory.setWord(tokenAt, token);
      return STATUS.ok;
    },
    proxy_get_status(codeAt: number, at: number, sizeAt: number) {
      const { code, message } = vm.root.status;
      if (!memory.setWord(codeAt, code)) return STATUS.invalidMemoryAccess;
      return memory.giveLatin1(at, sizeAt, message) ? STATUS.ok : STATUS.invalidMemoryAccess;
    },
  };
}

/** The call, or why there is none. */
function readCall(
  vm: GuestVm,
  upstream: string,
  pairs: readonly Pair[],
  body: Uint8Array,
  timeout: number,
): GuestCall | string {
  const { limits, upstreams, services } = vm.host;
  const backend = upstreams(upstream);
  if (backend === undefined) return "no backend of this name is granted";
  if (services.calls?.knows(backend) === false) return `there is no backend ${backend}`;
  const asksForTls = pairs.some(([name, value]) => name.toLowerCase() === ":scheme" && value === "https");
  if (asksForTls && services.calls?.isSecure?.(backend) === false) return NO_TLS;
  const pseudo = (name: string) => pairs.findLast(([known]) => known.toLowerCase() === name)?.[1];
  const [method, target] = [pseudo(":method"), pseudo(":path")];
  const authority = pseudo(":authority") ?? pseudo("host");
  if (method === undefined || !METHOD.test(method)) return "it has no :method";
  if (target === undefined || !TARGET.test(target)) return "it has no :path";
  if (authority === undefined || !AUTHORITY.test(authority)) return "it has no :authority";
  if (timeout < 0) return "its timeout is negative";
  const headers = fieldsOf(pairs);
  if (headers === undefined) return "one of its headers is none";
  const longest = limits.callMillis;
  return {
    ...{ backend, method, target, authority, headers, body },
    scheme: pseudo(":scheme") === "https" ? "https" : "http",
    timeout: timeout === 0 ? longest : Math.min(timeout, longest),
    maxBytes: limits.callBytes,
    exchange: vm.stream?.exchange.id,
  };
}

function fieldsOf(pairs: readonly Pair[]): Pair[] | undefined {
  const fields: Pair[] = [];
  for (const [name, value] of pairs) {
    const { lowerCase, refusal } = fieldName(name);
    if (refusal === "bad-name" || !isFieldValue(value)) return undefined;
    if (refusal === undefined) fields.push([lowerCase, value]);
  }
  return fields;
}

/** A number says little: the log says why. */
function refuse(vm: GuestVm, upstream: string, why: string): number {
  writeLog(vm, WARN, () => `a call to ${JSON.stringify(upstream.slice(0, 100))} was refused: ${why}`);
  return STATUS.badArgument;
}
