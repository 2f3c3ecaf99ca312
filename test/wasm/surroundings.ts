import { randomBytes } from "node:crypto";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import type { Fields, GuestExchange } from "../../runtime/wasm/exchange.ts";
import { hiddenFields } from "../../runtime/wasm/host/field-sight.ts";
import type { PluginScope } from "../../runtime/wasm/host/plugin-scope.ts";
import { createTicker } from "../../runtime/wasm/host/ticker.ts";
import { PLUGIN_LIMITS } from "../../runtime/wasm/limits.ts";
import { createQuota } from "../../runtime/wasm/services/quota.ts";
import { createStore } from "../../runtime/wasm/services/store.ts";
import type { HostServices, PluginLogEntry } from "../../runtime/wasm/services.ts";

export interface TestServices extends HostServices {
  readonly lines: PluginLogEntry[];
}

/** Real services on a clock that stands still. */
export function testServices(overrides: Partial<HostServices> = {}): TestServices {
  const clock = manualClock();
  const lines: PluginLogEntry[] = [];
  return {
    lines,
    clock,
    log: (entry) => void lines.push(entry),
    metrics: { count() {}, gauge() {}, observe() {} },
    keySets: { get: () => undefined },
    quota: createQuota({ clock }),
    store: createStore({ clock }),
    random: (bytes) => randomBytes(bytes),
    ...overrides,
  };
}

/** A plugin's that may call nobody. */
export function testScope(services: HostServices = testServices()): PluginScope {
  const ticker = createTicker(services);
  return { plugin: "p", services, limits: PLUGIN_LIMITS, hidden: hiddenFields(), backends: new Set(), ticker };
}

let next = 1;

/** An exchange without a socket. */
export function testExchange(headers: [string, string][] = []): GuestExchange {
  return {
    id: next++,
    request: {
      method: "GET",
      scheme: "http",
      authority: "shop.test",
      path: "/orders",
      query: undefined,
      fields: listOf(headers),
      hasBody: false,
    },
    response: { status: 0, fields: listOf([]), hasBody: false },
    connection: {
      clientAddress: "192.0.2.1",
      clientPort: 40000,
      serverAddress: "192.0.2.2",
      serverPort: 80,
      protocol: "HTTP/1.1",
    },
    routing: {
      route: "shop/orders/0",
      backends: ["shop/orders-v1:80", "shop/orders-v2:80"],
      chosen: undefined,
      hashKey: undefined,
    },
    attributes: new Map(),
    localResponse: undefined,
  };
}

function listOf(initial: [string, string][]): Fields {
  let list = [...initial];
  const without = (name: string) => list.filter(([known]) => known !== name.toLowerCase());
  return {
    get: (name) => list.find(([known]) => known === name.toLowerCase())?.[1],
    values: (name) => list.filter(([known]) => known === name.toLowerCase()).map(([, value]) => value),
    entries: () => [...list],
    count: () => list.length,
    set(name, value) {
      list = [...without(name), [name.toLowerCase(), value]];
    },
    add: (name, value) => void list.push([name.toLowerCase(), value]),
    remove(name) {
      list = without(name);
    },
  };
}
