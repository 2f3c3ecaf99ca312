import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuiltPlugin, buildPlugin } from "../../../runtime/build/build-plugin.ts";
import { HeddleError } from "../../../runtime/errors.ts";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { checkConfig } from "../../../runtime/workbench/check-config.ts";
import { type FakeRequest, flatten, piecesOf } from "../../../runtime/workbench/fake-exchange.ts";
import { hostSettings } from "../../../runtime/workbench/module-settings.ts";
import type { MountedFilter, MountOptions } from "../../../runtime/workbench/mount-filter.ts";
import type { FakeKeySets } from "../../../runtime/workbench/recording-services.ts";
import type { FakeResponse, RequestResult } from "../../../runtime/workbench/run-exchange.ts";
import { ask } from "./envoy/envoy-client.ts";
import type { Seen } from "./envoy/messages.ts";
import { requestResult, responseResult } from "./envoy/results.ts";

const BACKENDS = ["default/backend:8080"];

/** Without what belongs to calls, of which a filter for this host makes none, and the store, which is Envoy's. */
export type MountedInEnvoy = Omit<MountedFilter, "send" | "idle" | "calls" | "store">;

/** `mountFilter` for a filter that was built for proxy-wasm, in a real Envoy. Only its clock is the test's. */
export async function mountFilter(
  source: string | URL | BuiltPlugin,
  options: MountOptions = {},
): Promise<MountedInEnvoy> {
  const folder = source instanceof URL ? fileURLToPath(source) : String(source);
  const plugin = await buildPlugin({ folder });
  const { config = {}, keySets = {}, now } = options;
  checkConfig(plugin.manifest, config);
  const clock = manualClock(now);
  const stage = new Stage(folder, config as object, keySets);
  // Refused configurations are refused here.
  stage.mountFor({});
  const before = countersNow();
  const logged = linesNow().length;
  return {
    plugin,
    clock,
    get logs() {
      return linesNow()
        .slice(logged)
        .map(({ level, message }) => ({ level: level as "info", message }));
    },
    get counters() {
      const grown = [...countersNow()].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
      return new Map(grown.filter(([, value]) => value > 0));
    },
    gauges: new Map(),
    observations: new Map(),
    request: (init = {}) => request(stage.mountFor(init), clock.now(), init),
    setKeySets: (next) => stage.configure(next),
    close: () => stage.close(),
  };
}

/** A filter's configurations in Envoy: one for every list of backends that a request may go to. */
class Stage {
  readonly #mounts = new Map<string, number>();
  readonly #folder: string;
  readonly #config: object;
  #keySets: FakeKeySets;

  constructor(folder: string, config: object, keySets: FakeKeySets) {
    this.#folder = folder;
    this.#config = config;
    this.#keySets = keySets;
  }

  configure(keySets: FakeKeySets): void {
    this.close();
    this.#keySets = keySets;
  }

  mountFor({ backends = BACKENDS, route = "default/route/0" }: FakeRequest): number {
    const key = JSON.stringify([backends, route]);
    const mount = this.#mounts.get(key) ?? this.#mount(backends, route);
    this.#mounts.set(key, mount);
    return mount;
  }

  close(): void {
    for (const mount of this.#mounts.values()) ask({ what: "unmount", mount });
    this.#mounts.clear();
  }

  #mount(backends: readonly string[], route: string): number {
    const answer = ask({
      what: "mount",
      folder: this.#folder,
      config: { ...this.#config, heddle: hostSettings(this.#keySets, backends) },
      backends,
      routes: [route],
      names: attributeNames(this.#folder, this.#config),
    });
    if (answer.kind === "mounted") return answer.mount;
    throw new HeddleError("CONFIG_REFUSED", answer.kind === "refused" ? answer.message : answer.kind);
  }
}

function request(mount: number, now: number, init: FakeRequest): RequestResult {
  const { method = "GET", path = "/", authority = "shop.test", clientAddress = "192.0.2.1", attributes = {} } = init;
  const given = flatten(init.headers);
  const own = [
    ...["host", authority, "x-forwarded-for", clientAddress, "x-test-now", String(now)],
    ...["x-test-attributes", Buffer.from(JSON.stringify(attributes)).toString("base64url")],
  ];
  const fields = pairsOf([...own, ...given]);
  const seen = fields.every(([, value]) => isSendable(value))
    ? seenIn({ what: "request", mount, method, path, fields, pieces: bodyOf(init, fields) })
    : UNSENDABLE;
  const result = requestResult(seen);
  return {
    ...result,
    respond(response: FakeResponse = {}) {
      const answer = {
        status: response.status ?? 200,
        fields: pairsOf(flatten(response.headers)),
        pieces: piecesOf(response),
      };
      return responseResult(seenIn({ what: "respond", ...answer }), result);
    },
    end: () => [],
  };
}

/** What no client can send: Envoy would not know that it is one request. */
const UNSENDABLE: Seen = {
  ...{ kind: "respond", status: 400, fields: [], body: new Uint8Array(), cluster: undefined },
  ...{ detail: "not a field value", attributes: {} },
};

function isSendable(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}

function seenIn(wish: Parameters<typeof ask>[0]): Seen {
  const answer = ask(wish);
  if (answer.kind !== "seen") throw new Error(`expected what became of a message, got ${answer.kind}`);
  return answer.seen;
}

function bodyOf(init: FakeRequest, fields: readonly (readonly [string, string])[]): Uint8Array[] {
  const length = fields.find(([name]) => name.toLowerCase() === "content-length")?.[1];
  return length === undefined ? piecesOf(init) : [Buffer.alloc(Number(length))];
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] as string, flat[2 * at + 1] as string]);
}

function countersNow(): Map<string, number> {
  const answer = ask({ what: "counters" });
  return new Map(Object.entries(answer.kind === "counters" ? answer.counters : {}));
}

function linesNow(): readonly { readonly level: string; readonly message: string }[] {
  const answer = ask({ what: "lines" });
  return answer.kind === "lines" ? answer.lines : [];
}

/** Names that the filter may give to attributes: whatever looks like one in its source and configuration. */
function attributeNames(folder: string, config: object): string[] {
  const sources = globSync("*.ts", { cwd: folder }).filter((name) => !name.endsWith(".test.ts"));
  const texts = [...sources.map((name) => readFileSync(join(folder, name), "utf8")), JSON.stringify(config)];
  const found = texts.flatMap((text) =>
    [...text.matchAll(/"([a-z]+(?:\.[a-z_-]+)+|plain)"/g)].map(([, name = ""]) => name),
  );
  const policy = (config as { name?: string }).name ?? "default";
  const limits = ["limited", "remaining", "reset"].map((part) => `ratelimit.${policy}.${part}`);
  return [...new Set([...found, ...limits])];
}
