import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { fieldList } from "../runtime/http/fields.ts";
import { HeadFields } from "../runtime/http/h1/head/head-fields.ts";
import { HeadTable } from "../runtime/http/h1/head/head-table.ts";
import { parseRequestHead } from "../runtime/http/h1/head/parse-request-head.ts";
import { systemClock } from "../runtime/telemetry/clock.ts";
import type { GuestExchange } from "../runtime/wasm/exchange.ts";
import { parseJwks } from "../runtime/wasm/services/jwks.ts";
import { createQuota } from "../runtime/wasm/services/quota.ts";
import { createStore } from "../runtime/wasm/services/store.ts";
import type { HostServices } from "../runtime/wasm/services.ts";

/** A filter, and a request that it meets in real life. */
export interface FilterCase {
  readonly name: string;
  /** From the root of the repository. */
  readonly folder: string;
  readonly config: string;
  readonly services: HostServices;
  readonly expect: "next" | "respond";
  exchange(): GuestExchange;
}

/** Every case. The tokens are ES256, signed by a key that is made here. */
export function cases(): FilterCase[] {
  const { services, token } = surroundings();
  const one = (name: string, folder: string, config: object, headers: string[] = []): FilterCase => ({
    name,
    folder,
    config: JSON.stringify(config),
    services,
    expect: "next",
    exchange: () => requestExchange(headers),
  });
  const bearer = ["authorization", `Bearer ${token}`];
  const jwt = {
    keySet: "shop",
    issuer: "https://shop.example",
    audiences: ["shop"],
    claimsToHeaders: [{ claim: "sub", header: "x-user" }],
  };
  const limit = { limit: 1_000_000_000, periodSeconds: 1, burst: 1_000_000_000, key: [{ header: "x-tenant" }] };
  const split = { key: { header: "x-tenant" }, split: [{ name: "v1", backend: "shop/orders:80", weight: 1 }] };
  return [
    one("empty", "test/guests/empty", {}),
    one("host3", "test/guests/host3", {}),
    one("headers60", "test/guests/headers60", {}),
    one("jwt-auth", "plugins/jwt-auth", jwt, bearer),
    one("rate-limit", "plugins/rate-limit", limit),
    one("api-key", "plugins/api-key", { keys: consumers() }, ["x-api-key", API_KEY]),
    one("canary", "plugins/canary", split),
    one("headers", "plugins/headers", { request: { set: [{ name: "x-mesh", value: "shop" }], remove: ["x-debug"] } }),
  ];
}

const API_KEY = "bench-key-7";

/** Ten consumers with one key each; the last one is ours. */
function consumers(): { consumer: string; sha256: string }[] {
  const digest = (key: string): string => createHash("sha256").update(key).digest("hex");
  const others = Array.from({ length: 9 }, (_, index) => ({ consumer: `other-${index}`, sha256: digest(`${index}`) }));
  return [...others, { consumer: "bench", sha256: digest(API_KEY) }];
}

let id = 0;

/** A request with the fields that a browser's call through a proxy has. */
export function requestExchange(headers: readonly string[] = []): GuestExchange {
  const browser = ["accept", "application/json", "accept-encoding", "gzip, br", "accept-language", "en-GB,en;q=0.8"];
  const traced = [
    "x-request-id",
    "5c1f7a52-62b5-4f6f-9f2e-3a1f6a1f0c55",
    "x-tenant",
    "acme",
    "user-agent",
    "bench/1.0",
  ];
  return {
    id: ++id,
    request: {
      method: "GET",
      scheme: "https",
      authority: "shop.example",
      path: "/orders/1234",
      query: "full=1",
      fields: headFields(["host", "shop.example", ...browser, ...traced, ...headers]),
      hasBody: false,
    },
    response: { status: 0, fields: fieldList(), hasBody: false },
    connection: {
      clientAddress: "192.0.2.7",
      clientPort: 40_000,
      serverAddress: "192.0.2.1",
      serverPort: 443,
      protocol: "HTTP/1.1",
    },
    routing: { route: "shop/orders/0", backends: ["shop/orders:80"], chosen: undefined, hashKey: undefined },
    attributes: new Map(),
    localResponse: undefined,
  };
}

/** As a request of HTTP/1.1 brings them: a table over the bytes of its head. */
function headFields(pairs: readonly string[]): HeadFields {
  const lines = pairs.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${pairs[index + 1]}\r\n`] : []));
  const table = new HeadTable();
  const said = parseRequestHead(Buffer.from(`GET / HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), table);
  if (said !== "complete") throw new Error(`expected a head that is valid, got ${said}`);
  return new HeadFields(table);
}

export function benchServices(keySets: HostServices["keySets"] = { get: () => undefined }): HostServices {
  return {
    clock: systemClock,
    log: () => {},
    metrics: { count() {}, gauge() {}, observe() {} },
    keySets,
    quota: createQuota({ clock: systemClock }),
    store: createStore({ clock: systemClock }),
    random: (bytes) => randomBytes(bytes),
  };
}

function surroundings(): { services: HostServices; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = parseJwks(
    JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "ES256" }] }),
  );
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "https://shop.example",
    aud: "shop",
    sub: "alice",
    exp: Math.floor(Date.now() / 1000) + 86_400,
  };
  const signed = `${encode({ alg: "ES256", typ: "JWT", kid: "bench" })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return { services: benchServices({ get: () => keys }), token: `${signed}.${signature.toString("base64url")}` };
}
