import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { BUNDLE_LIMIT, signRelease } from "../artifact/bundle.ts";
import type { Digest } from "../artifact/digest.ts";
import type { SigningKey } from "../artifact/keys.ts";
import { layOutPlugin, MANIFEST_LIMIT, MODULE_LIMIT, type PluginArtifact } from "../artifact/layout.ts";
import { type Manifest, parseManifest } from "../artifact/manifest.ts";
import { decodeJson } from "../artifact/schema.ts";
import { SOURCE_MAP_LIMIT } from "../artifact/source-map-referrer.ts";
import { type Code, HeddleError, messageOf } from "../errors.ts";
import { proxyWasmManifest } from "./proxy-wasm-manifest.ts";

/**
 * A plugin on disk: the component, and what `heddle build` and `heddle sign` put beside it, `<stem>.manifest.json` and
 * `<stem>.sigstore.json`; a proxy-wasm module may do without a manifest. The same parts always give the same image manifest, so a signature holds for file and push.
 * Throws ARTIFACT_UNKNOWN, ARTIFACT_TOO_LARGE, ARTIFACT_NOT_WASM, MANIFEST_INVALID.
 */
export async function readPluginFile(path: string): Promise<PluginArtifact> {
  const component = await readComponentFile(path);
  const beside = partsBeside(path).manifest;
  const given = existsSync(beside) ? undefined : proxyWasmManifest(component, path);
  return layOutPlugin({ manifest: given ?? (await readManifest(beside, path)), component });
}

async function readManifest(path: string, plugin: string): Promise<Manifest> {
  if (!existsSync(path)) throw noManifest(path, plugin);
  const text = await readLimited(path, MANIFEST_LIMIT, "MANIFEST_INVALID");
  return parseManifest(decodeJson(text, "MANIFEST_INVALID", path), path);
}

function noManifest(path: string, where: string): HeddleError {
  const expected =
    "a module that exports proxy_abi_version_0_1_0, _0_2_0 or _0_2_1 (proxy-wasm), or a component with its manifest beside it";
  const message = `expected ${expected}; got neither: there is no ${basename(path)}, which heddle build writes`;
  return new HeddleError("MANIFEST_INVALID", message, { where });
}

export function readComponentFile(path: string): Promise<Uint8Array> {
  return readLimited(path, MODULE_LIMIT, "ARTIFACT_UNKNOWN");
}

/** Throws SIGNATURE_MISSING. */
export async function readBundleFile(path: string): Promise<Uint8Array> {
  const { bundle } = partsBeside(path);
  if (existsSync(bundle)) return readLimited(bundle, BUNDLE_LIMIT, "SIGNATURE_MISSING");
  const message = `expected a signature in ${basename(bundle)} beside the component, but there is no such file`;
  throw new HeddleError("SIGNATURE_MISSING", message, { where: path });
}

/** Undefined when there is none, or none that can be read: it only makes a message better. */
export function readSourceMapFile(path: string): Promise<Uint8Array | undefined> {
  return readLimited(`${path}.map`, SOURCE_MAP_LIMIT, "ARTIFACT_UNKNOWN").catch(() => undefined);
}

/** Writes the release bundle beside a component. */
export async function signPluginFile(path: string, key: SigningKey): Promise<{ digest: Digest; bundle: string }> {
  const artifact = await readPluginFile(path);
  const { bundle } = partsBeside(path);
  await writeFile(bundle, signRelease(artifact, key));
  return { digest: artifact.digest, bundle };
}

/** Changes whenever one of the files does; an absent file counts as empty. */
export async function fingerprint(path: string): Promise<string> {
  const beside = partsBeside(path);
  const files = [path, beside.manifest, beside.bundle];
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return found.map((file) => (file === undefined ? "" : `${file.ino}:${file.size}:${file.mtimeMs}`)).join(" ");
}

function partsBeside(path: string): { manifest: string; bundle: string } {
  const stem = path.replace(/\.wasm$/, "");
  return { manifest: `${stem}.manifest.json`, bundle: `${stem}.sigstore.json` };
}

async function readLimited(path: string, limit: number, absent: Code): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new HeddleError(absent, "expected a file, as heddle build writes one into dist/; got a folder", {
        where: path,
      });
    }
    const { size } = found;
    if (size <= limit) return await readFile(path);
    throw new HeddleError("ARTIFACT_TOO_LARGE", `expected at most ${limit} bytes, got ${size}`, { where: path });
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    throw new HeddleError(absent, `could not read the file: ${messageOf(cause)}`, { where: path, cause });
  }
}
