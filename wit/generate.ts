import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Contract } from "./contract.ts";
import { emitCapabilities } from "./emit-capabilities.ts";
import { emitGuest, emitGuestTypes } from "./emit-guest.ts";
import { emitBinding, emitBindings } from "./emit-host.ts";
import { emitSignatures } from "./emit-signatures.ts";
import { format } from "./format.ts";
import { parseWit } from "./parse.ts";

const root = new URL("../", import.meta.url);

/** Everything that is generated from a contract, by path in the repository. */
export async function generate(contract: Contract): Promise<Map<string, string>> {
  const files = [...unformatted(contract)];
  const texts = await Promise.all(files.map(([path, text]) => (path.startsWith("sdk/") ? text : format(path, text))));
  return new Map(files.map(([path], index) => [path, texts[index] as string]));
}

function unformatted(contract: Contract): Map<string, string> {
  const imported = contract.interfaces.filter(({ name }) => contract.imports.includes(name));
  return new Map([
    ["sdk/host.ts", emitGuest(contract)],
    ["sdk/contract.ts", emitGuestTypes(contract)],
    ["wit/signatures.ts", emitSignatures(contract)],
    ["runtime/wasm/abi/capabilities.ts", emitCapabilities(contract)],
    ["runtime/wasm/abi/direct/bindings.ts", emitBindings(contract)],
    ...imported.map((one) => [`runtime/wasm/abi/direct/${one.name}.ts`, emitBinding(one, contract)] as const),
  ]);
}

/** The contract of this repository. */
export async function readContract(): Promise<Contract> {
  return parseWit(await readFile(new URL("wit/policy.wit", root), "utf8"));
}

async function main(): Promise<void> {
  for (const [path, text] of await generate(await readContract())) {
    const file = fileURLToPath(new URL(path, root));
    await mkdir(new URL(".", pathToFileURL(file)), { recursive: true });
    await writeFile(file, text);
    console.log(path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
