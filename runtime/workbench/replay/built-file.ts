import { readFile } from "node:fs/promises";
import { sha256 } from "../../artifact/digest.ts";
import { type Manifest, parseManifest } from "../../artifact/manifest.ts";
import { decodeJson } from "../../artifact/schema.ts";
import type { BuildResult } from "../../build/build-store.ts";
import { HeddleError, messageOf } from "../../errors.ts";
import { describeProxyWasm } from "../../wasm/describe-proxy-wasm.ts";

/**
 * What `heddle build` wrote to a folder, by the path of its component: the manifest and the source map lie beside it.
 *
 * @throws USAGE when one cannot be read; MANIFEST_INVALID
 */
export async function readBuilt(path: string): Promise<BuildResult> {
  const stem = path.replace(/\.wasm$/, "");
  const component = await read(path);
  const manifest = parseManifest(decodeJson(await read(`${stem}.manifest.json`), "MANIFEST_INVALID", path), path);
  const sourceMap = await readFile(`${path}.map`, "utf8").catch(() => "");
  return builtOf(component, manifest, sourceMap);
}

/** What was built, and its manifest, as a build would give them. */
export function builtOf(component: Uint8Array, manifest: Manifest, sourceMap = ""): BuildResult {
  const target = describeProxyWasm(component) === undefined ? "component" : "proxy-wasm";
  return { target, component, manifest, digest: sha256(component), sourceMap };
}

async function read(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new HeddleError("USAGE", `expected what heddle build wrote, but ${messageOf(cause)}`, { where: path, cause });
  });
}
