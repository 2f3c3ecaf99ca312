import { fill, leb, moduleOf, name, PREAMBLE, section, smallModule, vector } from "../../wasm/module-bytes.ts";
import type { HostileCase } from "./hostile-case.ts";

const invalid = (title: string, why: string, build: () => Uint8Array): HostileCase => ({
  name: title,
  why,
  build,
  expect: { refused: "COMPONENT_INVALID" },
});

const READERS = "a reader that trusts it reads past its end or loops";

/** Files that are no modules. */
export const MALFORMED_CASES: readonly HostileCase[] = [
  {
    name: "a text file",
    why: "any parser",
    build: () => Buffer.from("hello"),
    expect: { refused: "ARTIFACT_NOT_WASM" },
  },
  {
    name: "the magic number alone",
    why: READERS,
    build: () => Uint8Array.from(PREAMBLE.slice(0, 4)),
    expect: { refused: "ARTIFACT_TRUNCATED" },
  },
  invalid("a module cut in its code", READERS, () => smallModule({}).slice(0, -3)),
  invalid("an appended program", "a polyglot file", () =>
    Uint8Array.from([...smallModule({}), 0x7f, 0x45, 0x4c, 0x46]),
  ),
  invalid("sections out of order", READERS, () => moduleOf(section(3, [0]), section(1, [0]))),
  invalid("a section twice", READERS, () => moduleOf(section(1, [0]), section(1, [0]))),
  invalid("a number of six bytes", READERS, () => moduleOf([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0])),
  invalid("a function that calls one that is not there", READERS, () => smallModule({ code: [0x20, 0, 0x10, 9] })),
  invalid("code that reaches for the fuel", "the fuel's number would be free", () =>
    smallModule({ code: [0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x24, 1, 0x20, 0] }),
  ),
  invalid("code that calls the fuel pump", "the pump's number would be free", () =>
    smallModule({ code: [0x20, 0, 0x10, 1] }),
  ),
  invalid("code that uses the tank's local", "the tank's number would be free", () => smallModule({ code: [0x20, 1] })),
  invalid("an export twice", "two functions of one name", () =>
    smallModule({ sections: { 7: vector(fill(2, [...name("run"), 0, 0])) } }),
  ),
  invalid("a name that is not UTF-8", "names reach logs", () =>
    smallModule({ sections: { 7: vector([[...leb(2), 0xc3, 0x28, 0, 0]]) } }),
  ),
];
