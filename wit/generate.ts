import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { emitGuest } from "./emit-guest.ts";
import { parseWit } from "./parse.ts";

const root = new URL("../", import.meta.url);

/** Every generated file by its path in the repository, with its text. */
export async function generate(): Promise<Map<string, string>> {
  const contract = parseWit(await readFile(new URL("wit/policy.wit", root), "utf8"));
  return new Map([["sdk/host.ts", emitGuest(contract)]]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [path, text] of await generate()) {
    const file = new URL(path, root);
    await mkdir(dirname(file.pathname), { recursive: true });
    await writeFile(file, text);
    console.log(path);
  }
}
