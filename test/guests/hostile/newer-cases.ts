import { name, smallModule, vector } from "../../wasm/module-bytes.ts";
import type { HostileCase } from "./hostile-case.ts";

const refused = (title: string, why: string, build: () => Uint8Array): HostileCase => ({
  name: title,
  why,
  build,
  expect: { refused: "ADMISSION_REFUSED" },
});
const code = (...bytes: number[]) => smallModule({ code: bytes });

/** Modules that use WebAssembly which plugins may not use. */
export const NEWER_CASES: readonly HostileCase[] = [
  refused("a tail call", "a loop that survives the end of its thread", () => code(0x20, 0, 0x12, 0)),
  refused("an indirect tail call", "a loop that survives the end of its thread", () =>
    code(0x20, 0, 0x20, 0, 0x13, 0, 0),
  ),
  refused("an atomic wait", "a thread that sleeps for ever", () =>
    code(0x41, 0, 0x41, 0, 0x42, 0x7f, 0xfe, 0x01, 2, 0, 0x1a, 0x20, 0),
  ),
  refused("a shared memory", "a clock for timing attacks", () => smallModule({ sections: { 5: [1, 3, 1, 1] } })),
  refused("a memory of 64 bits", "pointers beyond what the host checks", () =>
    smallModule({ sections: { 5: [1, 4, 1] } }),
  ),
  refused("two memories", "pointers into the other one", () => smallModule({ sections: { 5: [2, 0, 1, 0, 1] } })),
  refused("catch_all of old", "it swallows what the host throws", () => code(0x06, 0x40, 0x19, 0x0b, 0x20, 0)),
  refused("try_table", "it swallows what the host throws", () => code(0x1f, 0x40, 0, 0x0b, 0x20, 0)),
  refused("a tag", "exceptions", () => smallModule({ sections: { 13: [1, 0, 0] } })),
  refused("a struct type", "objects without a limit", () => smallModule({ sections: { 1: [1, 0x5f, 0] } })),
  refused("an instruction of garbage collection", "objects without a limit", () => code(0xfb, 0, 0)),
  refused("call_ref", "calls that no table bounds", () => code(0x14, 0)),
  refused("relaxed SIMD", "results that differ by machine", () => code(0xfd, 0x80, 0x02)),
  refused("an import with externref", "a host's object inside", () =>
    smallModule({
      sections: {
        1: vector([
          [0x60, 1, 0x6f, 0],
          [0x60, 1, 0x7f, 1, 0x7f],
        ]),
        2: [1, ...name("a"), ...name("b"), 0, 0],
        3: [1, 1],
        7: [0],
      },
    }),
  ),
];
