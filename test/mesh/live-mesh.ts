/** A mesh of real processes: `heddle registry`, `heddle proxy`, and a backend; its publisher and releaser are here. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Part, startPart } from "../../examples/shop/part.ts";
import { generateKey, type SigningKey } from "../../runtime/artifact/keys.ts";
import { parseReference } from "../../runtime/artifact/reference.ts";
import type { BuiltPlugin } from "../../runtime/build/build-plugin.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { type Pushed, pushPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { freePort } from "../free-port.ts";
import { shopDocuments } from "../mesh-documents.ts";

export const HEDDLE = join(import.meta.dirname, "..", "..", "runtime", "cli", "entry.ts");
export const MESH = "shop";
export const PATIENCE = 60_000;

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const indented = (pem: string) => pem.trim().replace(/^/gm, "        ");

interface Documents {
  readonly port: number;
  readonly backend: number;
  readonly publisher: string;
  readonly releaser: string;
  readonly label: string;
}

const documents = ({ port, backend, publisher, releaser, label }: Documents) => `
apiVersion: mesh.heddle/v1alpha1
kind: Trust
metadata: { name: shop }
spec:
  publishers:
    - name: publisher
      publicKey: |
${indented(publisher)}
  releasers:
    - name: releaser
      publicKey: |
${indented(releaser)}
---
${shopDocuments({ port, backend })}apiVersion: mesh.heddle/v1alpha1
kind: Plugin
metadata: { name: label }
spec:
  source: { repository: shop/label }
  targetRefs: [{ kind: HTTPRoute, name: shop }]
  config: { label: ${label} }
`;

/** What one proxy has told the registry. */
export interface Told {
  readonly id: string;
  readonly error?: { code: string; detail: string } | null;
  readonly plugins: readonly { version?: string; state: string; error?: { code: string; detail: string } | null }[];
}

export type LiveMesh = Awaited<ReturnType<typeof startMesh>>;

export async function startMesh(t: TestContext) {
  const dir = temporaryFolder(t);
  for (const part of ["config", "cache"]) mkdirSync(join(dir, part));
  const backend = createServer((_, response) => response.end("from the backend"));
  const [backendPort, port] = [await listening(backend), await freePort()];
  t.after(() => backend.close());
  const [publisher, releaser]: SigningKey[] = [generateKey(), generateKey()];
  if (publisher === undefined || releaser === undefined) throw new Error("expected two keys");
  const log = join(dir, "log");
  const start = async (name: string, args: string[], env = {}) => {
    const part = await startPart({ name, args: [HEDDLE, ...args], env, logFile: log });
    t.after(() => part.kill());
    return part;
  };
  // Where it comes back after a crash: nobody else may get that port meanwhile, a proxy that looks for it least of all.
  const registryPort = await freePort();
  const startRegistry = () =>
    start("registry", ["registry", "--dir", join(dir, "registry"), "--port", String(registryPort), "--json"]);
  const registry = await startRegistry();
  const { url, token } = registry.hello as { url: string; token: string };
  const client = createOciClient({ url, token });
  const api = createMeshApi({ url, mesh: MESH, token });
  t.after(() => Promise.all([client.close(), api.close()]));
  const configure = (label: string) => {
    const values = {
      port,
      backend: backendPort,
      publisher: publisher.public.pem,
      releaser: releaser.public.pem,
      label,
    };
    // At once: half a file is another configuration.
    writeFileSync(join(dir, "mesh.yaml"), documents(values));
    renameSync(join(dir, "mesh.yaml"), join(dir, "config", "mesh.yaml"));
  };
  configure("a");
  const proxyArgs = ["--registry", url, "--mesh", MESH, "--id", "p", "--admin", "0", "--json"];
  const own = ["--config", join(dir, "config"), "--cache", join(dir, "cache")];
  const told = async () => (await api.proxies()) as unknown as Told[];
  return {
    ...{ dir, url, token, registry, client, api, log, port, configure, told },
    site: `http://127.0.0.1:${port}/`,
    startProxy: (): Promise<Part> => start("proxy", ["proxy", ...own, ...proxyArgs], { HEDDLE_TOKEN: token }),
    restartRegistry: startRegistry,
    publish: (built: BuiltPlugin, key: SigningKey | undefined = publisher) =>
      pushPlugin({ client, built, key, reference: parseReference(`${new URL(url).host}/shop/label`) }),
    async release({ artifact, reference, digest }: Pushed): Promise<number> {
      const { name, version } = artifact.manifest;
      const { layerDigest: layer, layer: bytes } = artifact;
      const entry = { name, version, repository: reference.repository, manifest: digest, layer, size: bytes.length };
      return (await releasePlugins({ api, key: releaser, entries: [entry] })).seq;
    },
    /** Resolves once the proxy says, of the plugin or of the state, that it refused it for this. */
    refusal: (why: RegExp) => until(async () => (why.test(JSON.stringify(await told())) ? true : undefined)),
    /** Resolves with what the proxy says of the plugin once it holds. */
    reported: (holds: (plugin: Told["plugins"][number]) => boolean) =>
      until(async () => (await told())[0]?.plugins.find(holds)),
  };
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`nothing came within ${PATIENCE} ms`);
    await sleep(20);
  }
}

/** `LABEL VERSION` as the guest wrote them, or the status where it is not 200. */
export async function seen(site: string): Promise<string> {
  const response = await fetch(site, { headers: { connection: "close" } });
  await response.text();
  if (response.status !== 200) return String(response.status);
  return `${response.headers.get("x-label")} ${response.headers.get("x-version")}`;
}
