import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import type { Terminal } from "../../runtime/cli/terminal.ts";
import { type Secrets, writeConfig } from "./folder.ts";
import { type Part, type PartOptions, startPart } from "./part.ts";
import { portFor } from "./ports.ts";
import { MESH } from "./publish.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const HEDDLE = join(ROOT, "runtime", "cli", "entry.ts");
const SERVICES = join(import.meta.dirname, "services");
const READY_MS = 30_000;

/** What the screen says of one running part. */
export interface RunningPart {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly does: string;
}

/** The shop while it opens: where things go, and what has been started so far. */
export interface Opening {
  readonly folder: string;
  readonly secrets: Secrets;
  /** Tells the person who waits. */
  step(text: string): void;
  port(what: string, wanted: number): Promise<number>;
  start(options: Omit<PartOptions, "logFile">): Promise<Part>;
  /** Stops what was started, last first. */
  stop(): Promise<void>;
}

export interface OpeningOptions {
  readonly terminal: Terminal;
  readonly folder: string;
  readonly secrets: Secrets;
  /** Once aborted, the next step throws. */
  readonly signal?: AbortSignal | undefined;
}

export function createOpening({ terminal, folder, secrets, signal }: OpeningOptions): Opening {
  const running: Part[] = [];
  const step = (text: string) => {
    signal?.throwIfAborted();
    terminal.say(`${terminal.paint("cyan", "·")} ${text}`);
  };
  return {
    folder,
    secrets,
    step,
    port: (what, wanted) => portFor(what, wanted, step),
    async start(part) {
      signal?.throwIfAborted();
      const started = await startPart({ ...part, logFile: join(folder, "logs", `${part.name}.log`) });
      running.push(started);
      return started;
    },
    async stop() {
      for (const part of running.splice(0).reverse()) await part.stop();
    },
  };
}

/** The registry, on embedded storage, with a token that may push, release and report. */
export async function startRegistry(opening: Opening): Promise<RunningPart & { token: string }> {
  const port = await opening.port("the registry", 5050);
  const dir = join(opening.folder, "registry");
  const args = [HEDDLE, "registry", "--dir", dir, "--port", String(port), "--json"];
  const { pid, hello } = await opening.start({ name: "registry", args });
  const { url, token } = hello as { url: string; token: string };
  opening.step(`registry listens on ${url}`);
  return { name: "registry", url, pid, token, does: "keeps signed filters, says which version runs" };
}

/** Three services: users, and two versions of orders. */
export async function startServices(opening: Opening): Promise<Record<"users" | "ordersV1" | "ordersV2", RunningPart>> {
  const start = async (name: string, file: string, env: Record<string, string>, does: string) => {
    const { pid, hello } = await opening.start({ name, args: [join(SERVICES, file)], env });
    return { name, url: `http://127.0.0.1:${Number(hello.port)}`, pid, does };
  };
  const users = await start("users", "users.ts", {}, "says who is asking");
  const ordersV1 = await start("orders-v1", "orders.ts", { VERSION: "1" }, "lists orders");
  const ordersV2 = await start("orders-v2", "orders.ts", { VERSION: "2" }, "lists orders with a total");
  opening.step("users, orders v1 and orders v2 are up");
  return { users, ordersV1, ordersV2 };
}

type Services = Awaited<ReturnType<typeof startServices>>;

/** One proxy in front of users, one in front of both versions of orders. */
export async function startProxies(
  opening: Opening,
  registry: { url: string; token: string },
  services: Services,
): Promise<Record<"users" | "orders", RunningPart>> {
  const KEYS = join(opening.folder, "keys");
  const portOf = ({ url }: RunningPart) => new URL(url).port;
  const start = async (name: string, wanted: number, values: Record<string, string | number>, does: string) => {
    const port = await opening.port(`the proxy of ${name}`, wanted);
    const admin = await opening.port(`the admin port of the proxy of ${name}`, wanted + 1000);
    const listener = { [`${name.toUpperCase()}_PROXY_PORT`]: port };
    const config = writeConfig(opening.folder, name, { KEYS, ...values, ...listener });
    const cache = join(opening.folder, "cache", name);
    const args = [HEDDLE, "proxy", "--config", config, "--registry", registry.url, "--mesh", MESH];
    const own = ["--id", `${name}-proxy`, "--cache", cache, "--admin", String(admin), "--json"];
    const env = { HEDDLE_TOKEN: registry.token };
    const { pid } = await opening.start({ name: `${name}-proxy`, args: [...args, ...own], env });
    await ready(`http://127.0.0.1:${admin}/ready`);
    opening.step(`the proxy of ${name} runs its filters, verified`);
    return { name: `${name} proxy`, url: `http://127.0.0.1:${port}`, pid, does };
  };
  const users = await start("users", 8081, { USERS_PORT: portOf(services.users) }, "jwt-auth, rate-limit");
  const orders = await start(
    "orders",
    8082,
    {
      ORDERS_V1_PORT: portOf(services.ordersV1),
      ORDERS_V2_PORT: portOf(services.ordersV2),
      API_KEY_DIGEST: opening.secrets.apiKeyDigest,
    },
    "api-key, canary, headers, badge",
  );
  return { users, orders };
}

async function ready(url: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const seen = await request(url).then(
      async ({ statusCode, body }) => ({ statusCode, text: await body.text() }),
      (error: Error) => ({ statusCode: 0, text: error.message }),
    );
    if (seen.statusCode === 200) return;
    if (performance.now() > deadline) throw new Error(`${url} is not ready after ${READY_MS} ms: ${seen.text}`);
    await sleep(50);
  }
}
