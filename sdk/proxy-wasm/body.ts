import { BodyEdit } from "../contract";
import { removeHostField } from "./fields";
import { proxy_get_buffer_bytes, proxy_get_buffer_status, proxy_set_buffer_bytes } from "./hostcalls";
import { Hook, isRequestOpen, isResponseOpen, isRunning } from "./moment";
import { outAddress, outSize, receivedBytes } from "./received";
import { Buffer, FieldMap, Status } from "./wire";

/** What may be kept of one body. */
const MAX_BODY: u32 = 1024 * 1024;

let size: u32 = 0;
let last: bool = false;
/** Whether the message has a body at all. */
let real: bool = false;

/** How many bytes of a body the host keeps. */
export function keptBytes(kept: Buffer): u32 {
  return proxy_get_buffer_status(kept, outAddress, outSize) === Status.Ok ? load<u32>(outAddress) : 0;
}

/** A hook begins, about bytes that the host holds. */
export function turnToBody(bytes: u32, end: bool, exists: bool): void {
  size = bytes;
  last = end;
  real = exists;
}

/** Whether a body belongs to the head that the hook is about. */
export function hasBody(): bool {
  return real;
}

export function bodySize(): u32 {
  return inBody() ? size : 0;
}

export function bodyEnd(): bool {
  return inBody() && last;
}

export function bodyRead(start: u32, length: u32): Uint8Array {
  if (!inBody() || start >= size) return new Uint8Array(0);
  const status = proxy_get_buffer_bytes(buffer(), start, min(length, size - start), outAddress, outSize);
  return status === Status.Ok ? receivedBytes() : new Uint8Array(0);
}

export function bodyReplace(bytes: Uint8Array): BodyEdit {
  const refusal = refuse(bytes.length);
  return refusal === BodyEdit.Done ? write(0, size, bytes, bytes.length) : refusal;
}

export function bodyAppend(bytes: Uint8Array): BodyEdit {
  const refusal = refuse(size + bytes.length);
  return refusal === BodyEdit.Done ? write(size, 0, bytes, size + bytes.length) : refusal;
}

function write(start: u32, length: u32, bytes: Uint8Array, next: u32): BodyEdit {
  proxy_set_buffer_bytes(buffer(), start, length, bytes.dataStart, bytes.length);
  size = next;
  // Where the head has gone on already, the hook for it has seen to the length.
  if (isRequestOpen()) removeHostField(FieldMap.Request, "content-length");
  if (isResponseOpen()) removeHostField(FieldMap.Response, "content-length");
  return BodyEdit.Done;
}

function refuse(next: u32): BodyEdit {
  if (!inBody() || !real) return BodyEdit.Forbidden;
  return next > size && next > MAX_BODY ? BodyEdit.TooLarge : BodyEdit.Done;
}

function inBody(): bool {
  return isRunning(Hook.RequestBody) || isRunning(Hook.ResponseBody);
}

function buffer(): Buffer {
  return isRunning(Hook.RequestBody) ? Buffer.RequestBody : Buffer.ResponseBody;
}
