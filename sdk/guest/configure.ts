import { keep } from "./memory";

/** `result<_, string>` of the canonical ABI: discriminant, then address and length (in UTF-16 code units) of the error. */
const answer = new StaticArray<u32>(3);

let reason: string = "";

/** The string that the host lowered into this guest. */
export function accept(text: usize, length: i32): string {
  return length === 0 ? "" : changetype<string>(text);
}

/** Ends the configure hook; null accepts the configuration. What was allocated until now stays. */
export function refuse(error: string | null): usize {
  if (error !== null) reason = error;
  answer[0] = error === null ? 0 : 1;
  answer[1] = <u32>changetype<usize>(reason);
  answer[2] = reason.length;
  keep();
  return changetype<usize>(answer);
}
