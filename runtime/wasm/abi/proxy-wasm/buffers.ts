import type { BodyPiece } from "../../exchange.ts";
import type { GuestVm } from "./guest-vm.ts";
import { BUFFER } from "./status.ts";

/** Bytes that guests read by a number, and write where they are a body. */
export interface GuestBuffer {
  readonly bytes: Uint8Array;
  /** Undefined for a buffer that can be read only. */
  readonly replace: ((bytes: Uint8Array) => void) | undefined;
}

const NOTHING = new Uint8Array(0);

/** The buffer of this number, where there is one now. Where there is no body there is nothing in it, as in Envoy. */
export function bufferOf(vm: GuestVm, type: number): GuestBuffer | undefined {
  if (type === BUFFER.vmConfiguration) return readOnly(vm.host.vmConfig);
  if (type === BUFFER.pluginConfiguration) return readOnly(vm.host.pluginConfig);
  if (type === BUFFER.callResponseBody) return readOnly(vm.root.response?.body);
  if (type === BUFFER.requestBody) return body(vm.stream?.request.piece) ?? readOnly(NOTHING);
  if (type === BUFFER.responseBody) return body(vm.stream?.response.piece) ?? readOnly(NOTHING);
  const ofAnother = type === BUFFER.downstreamData || type === BUFFER.upstreamData || type === BUFFER.grpcMessage;
  return ofAnother ? readOnly(NOTHING) : undefined;
}

function readOnly(bytes: Uint8Array | undefined): GuestBuffer | undefined {
  return bytes === undefined ? undefined : { bytes, replace: undefined };
}

function body(piece: BodyPiece | undefined): GuestBuffer | undefined {
  if (piece === undefined) return undefined;
  return {
    bytes: piece.bytes,
    replace(bytes) {
      piece.bytes = bytes;
    },
  };
}

/** `bytes` with others in place of `length` of them: in front for 0, behind them for a start past their end. */
export function splice(bytes: Uint8Array, start: number, length: number, others: Uint8Array): Uint8Array {
  const from = Math.min(start, bytes.length);
  const to = Math.min(from + length, bytes.length);
  return Buffer.concat([bytes.subarray(0, from), others, bytes.subarray(to)]);
}
