import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ExchangeFacts } from "../../../runtime/wasm/exchange.ts";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { logged, pairsText, type Step, scripted, TEXT } from "./script.ts";

const word = (value: number) => String.fromCharCode(...[0, 8, 16, 24].map((bit) => (value >>> bit) & 255), 0, 0, 0, 0);

const long = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes.toString("latin1");
};
const REQUEST_BYTES = "user-agentcurlx-manyax-manybrefererhttps://shop.test/authorizationsecretx-request-idid-1".length;
const BEGAN = 1_700_000_000_123;

const KNOWN: readonly (readonly [path: string, value: string])[] = [
  ["plugin_name", "acme/filter"],
  ["plugin_root_id", "root"],
  ["plugin_vm_id", "vm"],
  ["request.path", "/orders?a=b"],
  ["request.url_path", "/orders"],
  ["request.query", "a=b"],
  ["request.host", "shop.test"],
  ["request.scheme", "http"],
  ["request.method", "GET"],
  ["request.protocol", "HTTP/1.1"],
  ["request.useragent", "curl"],
  ["request.headers.x-many", "a,b"],
  ["request.headers.X-Many", "a,b"],
  ["request.id", "id-1"],
  [
    "request.headers",
    pairsText([
      ...([
        [":authority", "shop.test"],
        [":path", "/orders?a=b"],
        [":method", "GET"],
        [":scheme", "http"],
      ] as const),
      ["user-agent", "curl"],
      ["x-many", "a,b"],
      ["referer", "https://shop.test/"],
      ["x-request-id", "id-1"],
    ]),
  ],
  ["response.code", word(503)],
  ["source.address", "192.0.2.1:40000"],
  ["source.port", word(40000)],
  ["destination.address", "192.0.2.2:80"],
  ["destination.port", word(80)],
  ["connection.mtls", "\0"],
  ["connection.requested_server_name", ""],
  ["request.headers.:path", "/orders?a=b"],
  ["request.headers.host", "shop.test"],
  ["request.headers_bytes", word(REQUEST_BYTES)],
  ["request.referer", "https://shop.test/"],
  ["request.size", word(7)],
  ["request.time", long(BigInt(BEGAN) * 1_000_000n)],
  ["request.total_size", word(REQUEST_BYTES + 7)],
  [
    "response.headers",
    pairsText([
      [":status", "503"],
      ["x-many", "c,d"],
    ]),
  ],
  ["response.trailers", "\0\0\0\0"],
  ["upstream.num_endpoints", word(3)],
  ["response.headers.x-many", "c,d"],
  ["response.headers.:status", "503"],
  ["response.headers_bytes", word("x-manycx-manyd".length)],
  ["response.flags", word(0x20 | 0x1000)],
  ["response.code_details", "connection_refused"],
  ["response.grpc_status", word(14)],
  ["response.size", word(11)],
  ["response.total_size", word("x-manycx-manyd".length + 11)],
  ["response.backend_latency", long(1_500_000n)],
  ["upstream.address", "[fd00::1]:8080"],
  ["upstream.port", word(8080)],
  ["upstream.request_attempt_count", word(2)],
  ["upstream.transport_failure_reason", "connection refused"],
  ["connection.tls_version", "TLSv1.3"],
  ["connection.subject_peer_certificate", ""],
  ["route_name", "shop/orders/0"],
  ["xds.route_name", "shop/orders/0"],
  ["xds.virtual_host_name", "shop/orders"],
  ["xds.filter_chain_name", "shop/gateway/http"],
  ["cluster_name", "shop/orders-v2:80"],
  ["xds.cluster_name", "shop/orders-v2:80"],
  ["cluster_metadata", ""],
  ["route_metadata", ""],
  ["xds.listener_metadata", ""],
  ["metadata", ""],
  ["listener_direction", word(1)],
  ["xds.listener_direction", word(1)],
  ["node.id", "proxy-1"],
  ["xds.node.id", "proxy-1"],
  ["node.cluster", "shop"],
  ["node.metadata.NAME", "proxy-1"],
  ["xds.node.metadata.MESH_ID", "shop"],
  [
    "node.metadata",
    pairsText([
      ["NAME", "proxy-1"],
      ["MESH_ID", "shop"],
    ]),
  ],
  [
    "node",
    [
      "\n\x07proxy-1\x12\x04shop",
      "\x1a\x26\n\x11\n\x04NAME\x12\x09\x1a\x07proxy-1\n\x11\n\x07MESH_ID\x12\x06\x1a\x04shop",
      "2\x06heddle",
    ].join(""),
  ],
];

const UNKNOWN = [
  ...[
    "request.headers.authorization",
    "request.headers.x-none",
    "request.nothing",
    "request.duration",
    "request.headers.:x",
  ],
  ...[
    "connection.transport_failure_reason",
    "response.headers.:x",
    "upstream.local_address",
    "upstream.tls_version",
    "upstream.locality",
  ],
  ...["connection.subject_local_certificate", "connection.termination_details", "constructor", "", "node.nothing"],
  ...["metadata.filter_metadata.x", "xds.upstream_host_metadata", "upstream_host_metadata", "filter_state.x", "x.node"],
];

/** Of an exchange that a filter has refused, after the second endpoint could not be reached. */
const FACTS: ExchangeFacts = {
  ...{ began: BEGAN, duration: undefined, flags: "UF,UAEX,PF", detail: "connection refused" },
  ...{ listener: "shop/gateway/http", cluster: "shop/orders-v2:80", endpoints: 3 },
  upstream: { address: "fd00::1", port: 8080, attempts: 2, latency: 1.5, connection: () => undefined },
};

async function run(steps: readonly Step[]): Promise<string[]> {
  const filter = scripted({ proxy_on_response_headers: { steps } });
  const { generation, services } = await startFilter(filter, {
    proxyWasm: { pluginRootId: "root", vmId: "vm" },
    services: { node: { id: "proxy-1", cluster: "shop" } },
  });
  const exchange = testExchange([
    ...([
      ["user-agent", "curl"],
      ["x-many", "a"],
      ["x-many", "b"],
    ] as [string, string][]),
    ...([
      ["referer", "https://shop.test/"],
      ["authorization", "secret"],
      ["x-request-id", "id-1"],
    ] as [string, string][]),
  ]);
  exchange.request.query = "a=b";
  exchange.response.status = 503;
  for (const value of ["c", "d"]) exchange.response.fields.add("x-many", value);
  Object.assign(exchange, { received: 7, sent: 11, standing: { facts: FACTS } });
  Object.assign(exchange.connection, { tlsVersion: "TLSv1.3" });
  generation.onResponse(exchange);
  return services.lines.map(({ message }) => message.replace("response_headers ", ""));
}

const get = (path: string): Step => ["proxy_get_property", path.replaceAll(".", "\0"), TEXT];

describe("properties", () => {
  for (const [path, value] of KNOWN) {
    test(path, async () =>
      assert.deepEqual(await run([get(path)]), [`get_property 0 [${logged(Buffer.from(value, "latin1"))}]`]),
    );
  }

  for (const path of UNKNOWN) {
    test(`${path || "nothing"} is not found`, async () =>
      assert.deepEqual(await run([get(path)]), ["get_property 1 []"]));
  }

  test("what has parts alone is not encoded as a whole, as in Envoy", async () => {
    for (const path of ["request", "response", "connection", "upstream", "source", "destination"])
      assert.deepEqual(await run([get(path)]), ["get_property 3 []"], path);
    const { services } = await startFilter(scripted({ proxy_on_configure: { steps: [get("request")], returns: 1 } }));
    assert.match(services.lines.map(({ message }) => message).join(), /get_property 1 \[\]/);
  });

  test("a path may end with NUL", async () => {
    assert.deepEqual(await run([get("request.method.")]), ["get_property 0 [GET]"]);
  });

  test("what a filter sets is there for the exchange, and for filters behind it", async () => {
    const path = ["my", "own"].join("\0");
    const writer = scripted({ proxy_on_request_headers: { steps: [["proxy_set_property", path, "value"]] } });
    const reader = scripted({ proxy_on_request_headers: { steps: [["proxy_get_property", path, TEXT]] } });
    const [one, other] = [await startFilter(writer), await startFilter(reader)];
    const exchange = testExchange();
    one.generation.onRequest(exchange);
    other.generation.onRequest(exchange);
    other.generation.onRequest(testExchange());
    assert.deepEqual(
      other.services.lines.map(({ message }) => message),
      ["request_headers get_property 0 [value]", "request_headers get_property 1 []"],
    );
  });

  test("filter state, by the names that Envoy gives what filters have set", async () => {
    const steps: Step[] = [
      ["proxy_set_property", "mine", "value"],
      get("filter_state.mine"),
      ["proxy_get_property", "filter_state\0wasm.mine", TEXT],
    ];
    assert.deepEqual(await run(steps), ["set_property 0", "get_property 0 [value]", "get_property 0 [value]"]);
  });

  test("those of a connection are the same for its exchanges, its number too", async () => {
    const filter = scripted({ proxy_on_request_headers: { steps: [["proxy_get_property", "connection\0id", TEXT]] } });
    const { generation, services } = await startFilter(filter);
    const [one, other] = [testExchange(), testExchange()];
    for (const exchange of [one, { ...testExchange(), connection: one.connection }, other])
      generation.onRequest(exchange);
    const [first, second, third] = services.lines.map(({ message }) => message);
    assert.equal(first, second);
    assert.notEqual(first, third);
  });

  test("the duration of an exchange is known at its end", async () => {
    const filter = scripted({ proxy_on_log: { steps: [get("request.duration")] } });
    const { generation, services } = await startFilter(filter);
    const exchange = testExchange();
    Object.assign(exchange, { standing: { facts: { ...FACTS, duration: 2.5 } } });
    generation.onLog(exchange);
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      [`log get_property 0 [${logged(Buffer.from(long(2_500_000n), "latin1"))}]`],
    );
  });

  test("there is no exchange to set one on while the plugin is configured", async () => {
    const steps: Step[] = [["proxy_set_property", "a", "b"], get("request.method"), get("plugin_root_id")];
    const { services } = await startFilter(scripted({ proxy_on_configure: { steps, returns: 1 } }));
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      [...["configure set_property 1", "configure get_property 1 []", "configure get_property 0 []"]],
    );
  });

  test("an exchange keeps 64 KiB of them", async () => {
    const steps: Step[] = Array.from({ length: 3 }, (_, index) => ["proxy_set_property", `p${index}`, 0, 30_000]);
    assert.deepEqual(await run(steps), ["set_property 0", "set_property 0", "set_property 2"]);
  });
});
