/** A registry in a folder of its own, and a small client that pushes through `app.inject`. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Descriptor, describe, jsonBytes } from "../../runtime/artifact/descriptor.ts";
import { type Digest, sha256 } from "../../runtime/artifact/digest.ts";
import type { PluginArtifact } from "../../runtime/artifact/layout.ts";
import { EMPTY_CONFIG, IMAGE_MANIFEST } from "../../runtime/artifact/media-types.ts";
import { createRegistry, type Registry, type RegistryOptions } from "../../runtime/registry/registry.ts";
import { createToken, SCOPES } from "../../runtime/registry/tokens.ts";

const { secret, token } = createToken({ name: "test", scopes: SCOPES });
export const AUTH = { authorization: `Bearer ${secret}` };
export const TOKENS = [token];

export async function temporaryFolder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "heddle-registry-"));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

export async function startRegistry(options: Partial<RegistryOptions> = {}) {
  const folder = await temporaryFolder();
  const registry = await createRegistry({ dir: folder.dir, tokens: TOKENS, ...options });
  return {
    registry,
    dir: folder.dir,
    client: clientOf(registry),
    stop: async () => {
      await registry.close();
      await folder.remove();
    },
  };
}

/** Sends with the test's token. */
export function clientOf({ app }: Registry) {
  // biome-ignore lint/suspicious/noExplicitAny: app.inject names its own methods
  const send = (method: any, url: string, headers: Record<string, string> = {}, body?: Uint8Array | string) =>
    app.inject({
      method,
      url,
      headers: { ...AUTH, ...headers },
      ...(body !== undefined && { payload: Buffer.from(body as Uint8Array) }),
    });
  const pushBlob = async (repository: string, bytes: Uint8Array): Promise<Digest> => {
    const digest = sha256(bytes);
    const reply = await send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {}, bytes);
    assert.equal(reply.statusCode, 201, reply.body);
    return digest;
  };
  const pushManifest = (repository: string, reference: string, bytes: Uint8Array, mediaType = IMAGE_MANIFEST) =>
    send("PUT", `/v2/${repository}/manifests/${reference}`, { "content-type": mediaType }, bytes);
  const pushPlugin = async (repository: string, plugin: PluginArtifact, tag: string) => {
    await pushBlob(repository, plugin.layer);
    await pushBlob(repository, plugin.config);
    return pushManifest(repository, tag, plugin.imageManifest);
  };
  /** A manifest around one small layer. */
  const image = async (
    repository: string,
    text: string,
    more: object = {},
  ): Promise<{ bytes: Uint8Array; descriptor: Descriptor }> => {
    const layer = new TextEncoder().encode(text);
    const config = new TextEncoder().encode("{}");
    await pushBlob(repository, layer);
    await pushBlob(repository, config);
    const bytes = jsonBytes({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: describe(EMPTY_CONFIG, config),
      layers: [describe("text/plain", layer)],
      ...more,
    });
    return { bytes, descriptor: describe(IMAGE_MANIFEST, bytes) };
  };
  return { send, pushBlob, pushManifest, pushPlugin, image };
}

export function errorCode(reply: { json(): unknown }): string | undefined {
  return (reply.json() as { errors?: { code: string }[] }).errors?.[0]?.code;
}
