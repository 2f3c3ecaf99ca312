import { join } from "node:path";
import type { DesiredPlugin } from "../../runtime/artifact/desired.ts";
import type { SigningKey } from "../../runtime/artifact/keys.ts";
import { parseReference } from "../../runtime/artifact/reference.ts";
import type { BuiltPlugin } from "../../runtime/build/build-plugin.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { type Pushed, pushPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { pushTampered } from "./tamper.ts";

/** The mesh and the namespace of its plugins. */
export const MESH = "shop";

/** What the publisher and the releaser of the shop do at its registry. */
export interface Publishing {
  /** Pushes as `shop/NAME:VERSION`; signs with the key, if there is one. */
  publish(built: BuiltPlugin, key?: SigningKey): Promise<Pushed>;
  /** Pushes and signs it, then the same with one byte flipped, under the signature of the right bytes. */
  tamper(built: BuiltPlugin, key: SigningKey): Promise<Pushed>;
  /** Makes the mesh run what was pushed, all at once; resolves to the sequence number of the new desired state. */
  release(...pushed: readonly Pushed[]): Promise<number>;
  close(): Promise<void>;
}

export function createPublishing(options: { registry: string; token: string; releaser: SigningKey }): Publishing {
  const { registry, token, releaser } = options;
  const client = createOciClient({ url: registry, token });
  const api = createMeshApi({ url: registry, mesh: MESH, token });
  const host = new URL(registry).host;
  const publish = (built: BuiltPlugin, key?: SigningKey) =>
    pushPlugin({ client, built, key, reference: parseReference(`${host}/${MESH}/${built.manifest.name}`) });
  return {
    publish,
    tamper: async (built, key) => pushTampered(client, await publish(built, key)),
    release: async (...pushed) => (await releasePlugins({ api, key: releaser, entries: pushed.map(entryOf) })).seq,
    close: async () => {
      await Promise.all([client.close(), api.close()]);
    },
  };
}

function entryOf({ reference, artifact }: Pushed): DesiredPlugin {
  const { name, version } = artifact.manifest;
  const { digest: manifest, layerDigest: layer, layer: bytes } = artifact;
  return { name, repository: reference.repository, version, manifest, layer, size: bytes.length };
}

const PLUGINS = join(import.meta.dirname, "..", "..", "plugins");

/** The shop's own filter. */
export const BADGE = join(import.meta.dirname, "filters", "badge");

/** The folders of everything that the shop's proxies run. */
export const FILTERS: readonly string[] = [
  ...["jwt-auth", "rate-limit", "api-key", "canary", "headers"].map((name) => join(PLUGINS, name)),
  BADGE,
];
