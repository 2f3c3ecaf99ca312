import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import type { Listener, RouteMatch, Snapshot } from "../../runtime/config/snapshot.ts";
import { certificateFor } from "../certificates.ts";
import { freePort } from "../free-port.ts";
import { type Step, scripted } from "../wasm/proxy-wasm/script.ts";
import { filterMesh, send } from "./filter-mesh.ts";
import { backend, plugin, rule } from "./fixture.ts";

const NAME = "test/filter";
const header: Step = ["proxy_add_header_map_value", 0, "x-to", "auth"];
const path: Step = ["proxy_replace_header_map_value", 0, ":path", "/auth/x"];
const foreign: Step = ["proxy_call_foreign_function", "clear_route_cache", "", 0, 0];

const toAuth = (plugins: string[], match: Partial<RouteMatch>) =>
  rule({ name: "test/route/auth", plugins, match, backends: [backend("test/auth:80")] });

const BY_HEADER: Partial<RouteMatch> = {
  path: { type: "PathPrefix", value: "/in" },
  headers: [{ type: "Exact", name: "x-to", value: "auth" }],
};
const BY_PATH: Partial<RouteMatch> = { path: { type: "PathPrefix", value: "/auth" } };

const CASES: readonly (readonly [
  name: string,
  steps: Step[],
  plugins: string[],
  match: Partial<RouteMatch>,
  body: RegExp,
])[] = [
  ["a header that was added", [header], [NAME], BY_HEADER, /^\/in$/],
  ["a path that was changed", [path], [NAME], BY_PATH, /^\/auth\/x$/],
  ["a rule without filters", [header], [], BY_HEADER, /^\/in$/],
  ["none, where nothing was changed", [foreign], [NAME], BY_HEADER, /^GET \/in/],
  ["none, where another plugin would have to be passed", [header], [NAME, "test/guard"], BY_HEADER, /^GET \/in/],
  [
    "none, where no rule matches",
    [["proxy_replace_header_map_value", 0, ":path", "/none"]],
    [NAME],
    BY_HEADER,
    /^GET \/none/,
  ],
];

for (const [name, steps, plugins, match, body] of CASES) {
  test(`a request is routed again to ${name}`, async (t) => {
    const filter = scripted({ proxy_on_request_headers: { steps } });
    const rules = [rule({ path: "/in", plugins: [NAME] }), toAuth(plugins, match)];
    const { port } = await filterMesh(t, filter, {}, { rules, plugins: [plugin(NAME), plugin("test/guard")] });
    const answer = await send(port);
    assert.equal(answer.status, 200);
    assert.match(answer.body, body);
  });
}

test("what was routed again is so in the log, and answers by its own timeouts", async (t) => {
  const filter = scripted({ proxy_on_request_headers: { steps: [header, ["proxy_clear_route_cache"]] } });
  const rules = [rule({ path: "/in", plugins: [NAME] }), toAuth([NAME], BY_HEADER)];
  const { port, log } = await filterMesh(t, filter, {}, { rules });
  await send(port);
  const [line] = await log();
  assert.deepEqual([line?.route, line?.backend], ["test/route/auth", "test/auth:80"]);
});

describe("a filter that writes another host", () => {
  const certificate = (host: string) => ({ name: host, ...certificateFor([host]), hosts: [host], notAfter: 0 });
  const secured = { certificates: [certificate("*.a.test"), certificate("b.test")] };
  const other = backend("test/auth:80");

  /** `*.a.test`, in which `two.a.test` has a route of its own, and `b.test`, which has another certificate. */
  const hosts = (tls: Listener["tls"], port: number) => (given: Snapshot) => {
    const listener = { ...(given.listeners[0] as Listener), port };
    const to = (host: string, ...backends: (typeof other)[]) => ({
      ...{ name: `test/${host}`, age: 0, hostnames: [host] },
      rules: [rule({ name: `test/${host}`, plugins: [NAME], ...(backends.length > 0 && { backends }) })],
    });
    const a = { ...listener, tls, hostname: "*.a.test", routes: [to("one.a.test"), to("two.a.test", other)] };
    const b = { ...listener, tls, name: "test/gw/b", hostname: "b.test", routes: [to("b.test", other)] };
    return { ...given, listeners: [a, b] };
  };

  const rows: [tls: boolean, host: string, route: string][] = [
    [true, "two.a.test", "test/two.a.test"],
    [true, "b.test", "test/one.a.test"],
    [true, "none.test", "test/one.a.test"],
    // In clear text every client may name every host.
    [false, "b.test", "test/b.test"],
  ];
  for (const [tls, host, route] of rows) {
    test(`${host} over ${tls ? "TLS for one.a.test" : "clear text"}: ${route}`, async (t) => {
      const steps: Step[] = [["proxy_replace_header_map_value", 0, ":authority", host]];
      const filter = scripted({ proxy_on_request_headers: { steps } });
      const { port, log } = await filterMesh(t, filter, {}, {}, hosts(tls ? secured : undefined, await freePort()));
      if (tls) {
        const asked = request({
          ...{ host: "127.0.0.1", port, servername: "one.a.test", rejectUnauthorized: false, agent: false },
          headers: { host: "one.a.test" },
        }).end();
        const [response] = (await once(asked, "response")) as [IncomingMessage];
        assert.equal(response.statusCode, 200);
        assert.equal((await text(response)).startsWith("GET"), route === "test/one.a.test");
      } else assert.equal((await send(port, [], { host: "one.a.test" })).status, 200);
      const [line] = await log();
      assert.deepEqual([line?.route, line?.status], [route, 200]);
    });
  }
});
