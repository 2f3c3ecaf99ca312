import { readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { packageRoot } from "../../../runtime/package.ts";

/** A function of the SDK from bytes to bytes. */
export type BytesFunction = (...inputs: Uint8Array[]) => Buffer;

/** The part of the WebAssembly JavaScript API that is used here; TypeScript declares it only together with the DOM. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(size: number): number;
  size(bytes: number): number;
  reset(): void;
  [name: string]: unknown;
}

const GLUE = `
import { close, keep } from "../guest/memory";
export function allocate(size: i32): usize { return changetype<usize>(new ArrayBuffer(size)); }
export function size(bytes: usize): i32 { return changetype<ArrayBuffer>(bytes).byteLength; }
export function reset(): void { close(); }
function bytes(at: usize): Uint8Array { return Uint8Array.wrap(changetype<ArrayBuffer>(at)); }
function give(value: Uint8Array): usize { return changetype<usize>(value.slice().buffer); }
keep();
`;

/**
 * Compiles functions that work on bytes and need no host.
 *
 * @param source AssemblyScript in sdk/proxy-wasm: exported functions whose parameters are addresses for `bytes`, and whose results are
 *   what `give` makes of bytes
 */
export async function guestFunctions(source: string): Promise<(name: string) => BytesFunction> {
  const output = new Map<string, Uint8Array | string>();
  const { error, stderr } = await asc.main(
    ["proxy-wasm/entry.ts", "--outFile", "out.wasm", "--runtime", "stub", "-O3"],
    {
      readFile: (name) => (name === "proxy-wasm/entry.ts" ? `${GLUE}${source}` : textOf(name)),
      writeFile: (name, contents) => void output.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(output.get("out.wasm") as Uint8Array, { env: { abort() {} } });
  return (name) => bytesFunction(instance.exports as Exports, name);
}

function bytesFunction(guest: Exports, name: string): BytesFunction {
  const run = guest[name] as (...addresses: number[]) => number;
  return (...inputs) => {
    const addresses = inputs.map((input) => {
      const address = guest.allocate(input.length);
      new Uint8Array(guest.memory.buffer).set(input, address);
      return address;
    });
    const result = run(...addresses);
    const output = Buffer.from(guest.memory.buffer.slice(result, result + guest.size(result)));
    guest.reset();
    return output;
  };
}

function textOf(name: string): string | null {
  try {
    return readFileSync(join(packageRoot, "sdk", name), "utf8");
  } catch {
    return null;
  }
}
