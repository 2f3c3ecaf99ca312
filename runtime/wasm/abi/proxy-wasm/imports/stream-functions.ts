import { fieldName, isFieldValue } from "../../../host/field-grammar.ts";
import { printableLine } from "../../../host/printable-line.ts";
import { isFinalStatus } from "../../../host/response.ts";
import type { StreamContext } from "../contexts.ts";
import { grpcReply, isGrpc } from "../grpc-reply.ts";
import type { GuestVm } from "../guest-vm.ts";
import { decodePairs } from "../pairs.ts";
import { routeAgain } from "../route-again.ts";
import { STATUS, STREAM } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";

const MOST_BODY = 1 << 20;
const LONGEST_DETAIL = 128;

/**
 * Going on, ending and answering. All of it takes effect when the callback has returned. The first answer counts: it comes
 * by its filter again, which cannot answer it. The root context has nothing to go on with: such a call does nothing.
 */
export function streamFunctions(vm: GuestVm): HostFunctions {
  const { memory } = vm;
  const go = (stream: StreamContext | undefined, type: number): number => {
    if (type >>> 0 > STREAM.upstream) return STATUS.badArgument;
    if (type === STREAM.upstream) return STATUS.unimplemented;
    // A client's connection is never held up, nor is the root context.
    if (stream === undefined || type > STREAM.response) return STATUS.ok;
    const flow = type === STREAM.request ? stream.request : stream.response;
    flow.resumed = true;
    vm.touched.add(stream);
    return STATUS.ok;
  };
  return {
    proxy_continue_stream: (type: number) => go(vm.stream, type),
    proxy_continue_request: () => go(vm.stream, STREAM.request),
    proxy_continue_response: () => go(vm.stream, STREAM.response),
    proxy_close_stream(type: number) {
      const { stream } = vm;
      if (type >>> 0 > STREAM.response || stream?.logging) return STATUS.badArgument;
      if (stream === undefined || stream.answered) return STATUS.ok;
      stream.answered = true;
      stream.reply = {
        status: 503,
        headers: [],
        body: new Uint8Array(0),
        detail: "closed by the filter",
        close: true,
      };
      vm.touched.add(stream);
      return STATUS.ok;
    },
    proxy_send_local_response(
      status: number,
      detailAt: number,
      detailSize: number,
      bodyAt: number,
      bodySize: number,
      pairsAt: number,
      pairsSize: number,
      grpcStatus: number,
    ) {
      const detail = memory.text(detailAt, detailSize);
      const body = memory.bytes(bodyAt, bodySize);
      const pairs = memory.bytes(pairsAt, pairsSize);
      if (detail === undefined || body === undefined || pairs === undefined) return STATUS.invalidMemoryAccess;
      const { stream } = vm;
      if (stream?.logging || !isFinalStatus(status)) return STATUS.badArgument;
      const headers = answerFields(decodePairs(pairs) ?? [], body.length > 0);
      if (headers === undefined || body.length > MOST_BODY) return STATUS.badArgument;
      if (stream === undefined) return STATUS.ok;
      if (stream.answered) return goOnAnswered(vm, stream);
      const reply = { status, headers, body, detail: printableLine(detail, LONGEST_DETAIL) };
      stream.answered = true;
      stream.reply = isGrpc(stream.exchange) ? grpcReply(reply, grpcStatus) : reply;
      vm.touched.add(stream);
      return STATUS.ok;
    },
    proxy_clear_route_cache() {
      routeAgain(vm);
      return STATUS.ok;
    },
  };
}

/** The first answer counts. It may come by this filter again, which answers it and stops as it did before: it goes on. */
function goOnAnswered(vm: GuestVm, stream: StreamContext): number {
  stream.request.resumed = true;
  stream.response.resumed = true;
  vm.touched.add(stream);
  return STATUS.ok;
}

/** Fields of an answer: framing is the proxy's. Undefined when one of them is none. A body is plain text unless they say more. */
function answerFields(pairs: readonly (readonly [string, string])[], hasBody: boolean): [string, string][] | undefined {
  const fields: [string, string][] = [];
  for (const [name, value] of pairs) {
    const { lowerCase, refusal } = fieldName(name);
    if (refusal === "bad-name" || !isFieldValue(value)) return undefined;
    if (refusal === undefined) fields.push([lowerCase, value]);
  }
  if (hasBody && !fields.some(([name]) => name === "content-type")) fields.push(["content-type", "text/plain"]);
  return fields;
}
