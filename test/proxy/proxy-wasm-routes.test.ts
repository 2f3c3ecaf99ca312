import assert from "node:assert/strict";
import { test } from "node:test";
import type { RouteMatch } from "../../runtime/config/snapshot.ts";
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
