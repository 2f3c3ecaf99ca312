import assert from "node:assert/strict";
import { test } from "node:test";
import { logged, type Step, scripted, TEXT } from "../wasm/proxy-wasm/script.ts";
import { filterMesh, send } from "./filter-mesh.ts";
import { LISTENER } from "./fixture.ts";

const get = (path: string): Step => ["proxy_get_property", path.replaceAll(".", "\0"), TEXT];

function word(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return logged(bytes);
}

const answersOf = (lines: readonly string[], prefix: string) =>
  lines.filter((line) => line.startsWith(prefix)).map((line) => /\[(.*)\]$/.exec(line)?.[1]);

test("a filter is told where its exchange went, and what became of it", async (t) => {
  const early = ["upstream.address", "cluster_name", "xds.filter_chain_name", "response.code_details"];
  const late = ["upstream.address", "upstream.port", "response.code_details", "response.flags", "response.size"];
  const { port, log, lines, app } = await filterMesh(
    t,
    scripted({
      proxy_on_request_headers: { steps: early.map(get) },
      proxy_on_log: { steps: [...late, "request.duration"].map(get) },
    }),
  );
  const { body } = await send(port, ["a body"]);
  await log();
  assert.deepEqual(answersOf(lines(), "request_headers"), ["", "test/app:80", LISTENER, ""]);
  const [address, upstreamPort, details, flags, size, duration] = answersOf(lines(), "log");
  assert.deepEqual([address, upstreamPort, details, flags], [`127.0.0.1:${app}`, word(app), "via_upstream", word(0)]);
  assert.equal(size, word(body.length));
  assert.notEqual(duration, "");
});

test("a filter is told that no endpoint could be reached", async (t) => {
  const nobody = 1;
  const { port, log, lines } = await filterMesh(
    t,
    scripted({
      proxy_on_log: { steps: [get("response.flags"), get("upstream.address"), get("response.grpc_status")] },
    }),
    {},
    { clusters: { "test/app:80": [nobody] } },
  );
  assert.equal((await send(port)).status, 503);
  await log();
  assert.deepEqual(answersOf(lines(), "log"), [word(0x20), `127.0.0.1:${nobody}`, word(14)]);
});
