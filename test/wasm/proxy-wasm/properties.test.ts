import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { logged, pairsText, type Step, scripted, TEXT } from "./script.ts";

const word = (value: number) => String.fromCharCode(...[0, 8, 16, 24].map((bit) => (value >>> bit) & 255), 0, 0, 0, 0);

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
      ["user-agent", "curl"],
      ["x-many", "a,b"],
      ["x-request-id", "id-1"],
    ]),
  ],
  ["response.code", word(204)],
  ["source.address", "192.0.2.1:40000"],
  ["source.port", word(40000)],
  ["destination.address", "192.0.2.2:80"],
  ["destination.port", word(80)],
  ["connection.mtls", "\0"],
  ["connection.requested_server_name", ""],
  ["response.flags", word(0)],
  ["route_name", "shop/orders/0"],
  ["xds.route_name", "shop/orders/0"],
  ["node.id", "heddle"],
];

const UNKNOWN = [
  "request.headers.authorization",
  "request.headers.x-none",
  "request.nothing",
  "upstream.address",
  "connection.tls_version",
  "constructor",
  "",
  "cluster_name",
];

async function run(steps: readonly Step[]): Promise<string[]> {
  const filter = scripted({ proxy_on_response_headers: { steps } });
  const { generation, services } = await startFilter(filter, { proxyWasm: { pluginRootId: "root", vmId: "vm" } });
  const exchange = testExchange([
    ...([
      ["user-agent", "curl"],
      ["x-many", "a"],
      ["x-many", "b"],
    ] as [string, string][]),
    ...([
      ["authorization", "secret"],
      ["x-request-id", "id-1"],
    ] as [string, string][]),
  ]);
  exchange.request.query = "a=b";
  exchange.response.status = 204;
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
