import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SigningKey } from "../../runtime/artifact/keys.ts";
import { type BuiltPlugin, buildPlugin } from "../../runtime/build/build-plugin.ts";
import type { Terminal } from "../../runtime/cli/terminal.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import type { Pushed } from "../../runtime/delivery/publish.ts";
import { freshFolder, makeSecrets, type Secrets } from "./folder.ts";
import { createOpening, type Opening, startProxies, startRegistry, startServices } from "./opening.ts";
import { BADGE, createPublishing, FILTERS, MESH, type Publishing } from "./publish.ts";
import { type ProxyReport, readReport } from "./report.ts";

/** The running shop. */
export interface Shop {
  /** Logs, keys, configuration. */
  readonly folder: string;
  readonly badgeFolder: string;
  readonly urls: { readonly registry: string; readonly users: string; readonly orders: string };
  readonly parts: readonly { name: string; url: string; pid: number; does: string }[];
  readonly tokens: Secrets["tokens"];
  readonly apiKey: string;
  readonly publisher: SigningKey;
  build(folder: string): Promise<BuiltPlugin>;
  publish(built: BuiltPlugin, key?: SigningKey): Promise<Pushed>;
  release(pushed: Pushed): Promise<number>;
  /** Pushes and signs it, then the same with one byte flipped, under the signature of the right bytes. */
  tamper(built: BuiltPlugin, key: SigningKey): Promise<Pushed>;
  proxies(): Promise<readonly ProxyReport[]>;
  /** Resolves when both proxies have acknowledged or refused this sequence number. */
  settled(seq: number): Promise<readonly ProxyReport[]>;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "..", "..");
const SETTLE_MS = 20_000;

export interface ShopOptions {
  readonly terminal: Terminal;
  readonly folder?: string;
  /** Aborts the opening, and stops what it has started. */
  readonly signal?: AbortSignal;
}

/** Builds, signs and pushes the filters, and starts the registry, the services and the proxies. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const { terminal, folder = join(ROOT, ".heddle", "shop"), signal } = options;
  freshFolder(folder);
  const opening = createOpening({ terminal, folder, secrets: makeSecrets(folder, Date.now()), signal });
  try {
    return await open(opening);
  } catch (error) {
    await opening.stop();
    throw error;
  }
}

async function open(opening: Opening): Promise<Shop> {
  const { folder, secrets } = opening;
  const registry = await startRegistry(opening);
  const publishing = createPublishing({ registry: registry.url, token: registry.token, releaser: secrets.releaser });
  await publishAll(publishing, opening);
  const services = await startServices(opening);
  const proxies = await startProxies(opening, registry, services);
  const api = createMeshApi({ url: registry.url, mesh: MESH, token: registry.token });
  const reports = async () => (await api.proxies()).map(readReport);
  return {
    folder,
    badgeFolder: BADGE,
    urls: { registry: registry.url, users: proxies.users.url, orders: proxies.orders.url },
    parts: [registry, ...Object.values(services), ...Object.values(proxies)],
    tokens: secrets.tokens,
    apiKey: secrets.apiKey,
    publisher: secrets.publisher,
    build: (source) => buildPlugin({ folder: source }),
    publish: publishing.publish,
    release: publishing.release,
    tamper: publishing.tamper,
    proxies: reports,
    settled: (seq) => settled(reports, seq),
    async stop() {
      await publishing.close();
      await api.close();
      await opening.stop();
    },
  };
}

async function publishAll(publishing: Publishing, { secrets, step }: Opening): Promise<void> {
  const pushed: Pushed[] = [];
  for (const folder of FILTERS) {
    const built = await buildPlugin({ folder });
    pushed.push(await publishing.publish(built, secrets.publisher));
    const { name, version } = built.manifest;
    step(`${name} ${version}: built (${built.component.length} bytes), signed, pushed`);
  }
  const seq = await publishing.release(...pushed);
  step(`${pushed.length} plugins: released in state ${seq}`);
}

/** A report on a state may come while its plugins are still being fetched. */
function hasTried({ seq, plugins }: ProxyReport, wanted: number): boolean {
  return seq >= wanted && plugins.every(({ state }) => state !== "loading");
}

async function settled(reports: () => Promise<ProxyReport[]>, seq: number): Promise<ProxyReport[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const all = await reports();
    if (all.length >= 2 && all.every((proxy) => hasTried(proxy, seq))) return all;
    if (performance.now() > deadline) {
      const seen = all.map((proxy) => `${proxy.name} at ${proxy.seq}`).join(", ");
      throw new Error(`expected both proxies to report on state ${seq} within ${SETTLE_MS} ms, got ${seen || "none"}`);
    }
    await sleep(50);
  }
}
