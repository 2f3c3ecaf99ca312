import { bodies, body, fill, leb, name, smallModule, vector } from "../../wasm/module-bytes.ts";
import type { HostileCase } from "./hostile-case.ts";

const refused = (title: string, why: string, build: () => Uint8Array): HostileCase => ({
  name: title,
  why,
  build,
  expect: { refused: "ADMISSION_REFUSED" },
});

/** Modules that ask for too much. */
export const OVERSIZED_CASES: readonly HostileCase[] = [
  refused("locals times blocks in 9 KB", "gigabytes and a second when it is first called", () =>
    smallModule({ locals: [[4_000, 0x7f]], code: [...fill(1_000, [0x20, 0, 0x04, 0x40, 0x0b]).flat(), 0x20, 0] }),
  ),
  refused("50,000 locals", "memory for each block", () => smallModule({ locals: [[50_000, 0x7f]] })),
  refused("2^32 - 1 locals", "memory for each local", () => smallModule({ locals: [[0xffff_ffff, 0x7f]] })),
  refused("100,000 blocks in one another", "seconds when it is first called", () =>
    smallModule({ code: [...fill(100_000, [0x02, 0x40]).flat(), ...fill(100_000, 0x0b), 0x20, 0] }),
  ),
  refused("a function of 1.1 MB", "seconds when it is first called", () =>
    smallModule({ code: [...fill(1_100_000, 0x01), 0x20, 0] }),
  ),
  refused("70,000 functions", "a quarter of a second and 75 MB to compile a million", () =>
    smallModule({ sections: bodies(70_000, body([0, 0x20, 0, 0x0b])) }),
  ),
  refused("branch tables with 1,200,000 targets", "half a second and 130 MB to compile six million", () =>
    smallModule({ sections: bodies(20, body([0, 0x20, 0, 0x0e, ...leb(60_000), ...fill(60_001, 0), 0x0b])) }),
  ),
  refused("a memory of 4 GB", "4 GB", () => smallModule({ sections: { 5: [1, 0, ...leb(65_536)] } })),
  refused("a table of ten million", "300 MB", () => smallModule({ sections: { 4: [1, 0x70, 0, ...leb(10_000_000)] } })),
  refused("100,000 exports", "an object with as many properties", () => smallModule({ sections: { 7: leb(100_000) } })),
  refused("a million elements", "time when it is instantiated", () =>
    smallModule({ sections: { 9: [1, 0, 0x41, 0, 0x0b, ...leb(1_000_000)] } }),
  ),
  refused("1,000 parameters", "deep stacks", () => smallModule({ sections: { 1: [1, 0x60, ...leb(1_000)] } })),
  refused("a name of 1 MB", "a log line of 1 MB", () =>
    smallModule({ sections: { 7: vector([[...name("x".repeat(1 << 20)), 0, 0]]) } }),
  ),
  refused("an export that is called as the host's own", "a tank that is always full", () =>
    smallModule({ sections: { 7: vector([[...name("heddle:meter/fuel"), 0, 0]]) } }),
  ),
  refused("a file of 17 MB", "memory and time of every reader", () => {
    const file = new Uint8Array(17 << 20);
    file.set(smallModule({}));
    return file;
  }),
];
