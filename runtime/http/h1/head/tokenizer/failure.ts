// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).
import { ERROR, POSITION } from "./layout.ts";
import { put } from "./memory.ts";

/** Notes an error; the position that it returns is no position. */
export function fail(code: i32, at: i32): i32 {
  put(ERROR, code);
  put(POSITION, at);
  return -1;
}
