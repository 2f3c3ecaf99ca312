import { Header, LocalResponseOutcome } from "../contract";
import { isFieldName, isFieldValue, isForbidden } from "./field-grammar";
import { proxy_send_local_response } from "./hostcalls";
import { narrow } from "./latin1";
import { mayAnswer } from "./moment";
import { writePairs } from "./pairs";
import { printableLine } from "./printable-line";
import { isFinalStatus } from "./response";

const MAX_FIELDS: i32 = 100;
const MAX_FIELD_BYTES: i32 = 64 * 1024;
const MAX_BODY: i32 = 1024 * 1024;
const MAX_DETAIL: i32 = 128;
const NO_GRPC_STATUS: i32 = -1;

class Answer {
  constructor(
    readonly status: u32,
    readonly fields: Header[],
    readonly body: Uint8Array,
    readonly detail: string,
  ) {}
}

let answer: Answer | null = null;

/** Keeps the answer until the hook says that it stands: the host would send it whatever the hook returns. */
export function localResponseSend(
  status: u32,
  headers: Header[],
  body: Uint8Array,
  detail: string,
): LocalResponseOutcome {
  if (!mayAnswer() || answer !== null) return LocalResponseOutcome.TooLate;
  if (!isFinalStatus(status)) return LocalResponseOutcome.BadStatus;
  let size = 0;
  for (let i = 0; i < headers.length; i++) {
    const field = headers[i];
    const fits = isFieldName(field.name) && isFieldValue(field.value) && !isForbidden(field.name.toLowerCase());
    if (!fits) return LocalResponseOutcome.BadHeader;
    size += field.name.length + field.value.length;
  }
  if (headers.length > MAX_FIELDS || size > MAX_FIELD_BYTES || body.length > MAX_BODY) {
    return LocalResponseOutcome.TooLarge;
  }
  answer = new Answer(status, headers, body, detail);
  return LocalResponseOutcome.Done;
}

/** A hook begins. */
export function forgetAnswer(): void {
  answer = null;
}

/** Has the host send what the hook has prepared; false when there is nothing. */
export function sendAnswer(): bool {
  const ready = answer;
  if (ready === null) return false;
  answer = null;
  const fields = writePairs(ready.fields);
  const detail = narrow(printableLine(ready.detail, MAX_DETAIL));
  proxy_send_local_response(
    ready.status,
    changetype<usize>(detail),
    detail.byteLength,
    ready.body.dataStart,
    ready.body.length,
    changetype<usize>(fields),
    fields.byteLength,
    NO_GRPC_STATUS,
  );
  return true;
}
