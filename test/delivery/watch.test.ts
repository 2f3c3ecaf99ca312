import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createBackoff } from "../../runtime/delivery/backoff.ts";
import { createDelivery } from "../../runtime/delivery/delivery.ts";
import { createMeshApi } from "../../runtime/delivery/mesh-api.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { pushPlugin } from "../../runtime/delivery/publish.ts";
import { releasePlugins } from "../../runtime/delivery/release.ts";
import { createReporter } from "../../runtime/delivery/reporter.ts";
import { createEventDecoder } from "../../runtime/delivery/sse.ts";
import { type Watch, watchDesired } from "../../runtime/delivery/watch.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { createRegistry } from "../../runtime/registry/registry.ts";
import { createLocalHost } from "../../runtime/wasm/plugin-host.ts";
import { createRecordingServices } from "../../runtime/workbench/recording-services.ts";
import { createBench, labelOf, MESH, REPOSITORY } from "./harness.ts";
import { labelPlugin, temporaryFolder } from "./sample-plugins.ts";
import { serve } from "./serve.ts";

const encode = (text: string) => new TextEncoder().encode(text);

describe("event streams", () => {
  const stream =
    "\uFEFFid: 1\nevent: desired\ndata: a\ndata:b\n\n: ping\r\n\r\ndata: ü\r\nid\r\n\r\nretry: 5\n\ndata\n\nevent: cut";
  const expected = [
    { event: "desired", data: "a\nb", id: "1" },
    { event: "message", data: "ü", id: "" },
    { event: "message", data: "", id: "" },
  ];

  test("are decoded the same however they are cut", () => {
    const bytes = encode(stream);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const decoder = createEventDecoder();
        const events = places.slice(1).flatMap((end, index) => decoder.push(bytes.subarray(places[index], end)));
        assert.deepEqual(events, expected);
      }),
    );
  });

  test("an event that never ends is refused", () => {
    const decoder = createEventDecoder({ limit: 100 });
    assert.throws(
      () => {
        for (;;) decoder.push(encode("data: more\n"));
      },
      (error) => isHeddleError(error) && error.code === "REGISTRY_PROTOCOL",
    );
  });
});

test("waits double up to the limit, with jitter over the upper half", () => {
  const least = createBackoff({ base: 250, max: 1000, random: () => 0 });
  assert.deepEqual([least.next(), least.next(), least.next(), least.next()], [125, 250, 500, 500]);
  least.reset();
  assert.equal(least.next(), 125);
  const most = createBackoff({ base: 250, max: 1000, random: () => 1 });
  assert.deepEqual([most.next(), most.next(), most.next(), most.next()], [250, 500, 1000, 1000]);
});

/** Watches until the server has seen what it waits for. */
function watching(
  url: string,
  stallTimeout?: number,
): { watch: Watch; messages: unknown[]; codes: (string | undefined)[] } {
  const [messages, codes]: [unknown[], (string | undefined)[]] = [[], []];
  const watch = watchDesired({
    url: new URL(url),
    token: "secret",
    backoff: { base: 1, max: 2 },
    ...(stallTimeout && { stallTimeout }),
    onDesired: (message) => void messages.push(message),
    onConnection: ({ connected, error }) => void (connected || codes.push(error?.code)),
  });
  return { watch, messages, codes };
}

test("a watch resumes behind the last event that it has seen", async (t) => {
  const resumed: (string | undefined)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const url = await serve(t, (request, response) => {
    assert.equal(request.headers.authorization, "Bearer secret");
    resumed.push(request.headers["last-event-id"] as string | undefined);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`event: desired\nid: ${resumed.length}\ndata: {"n":${resumed.length}}\n\n`);
    if (resumed.length === 3) resolve();
  });
  const { watch, messages } = watching(url);
  await promise;
  await watch.close();
  assert.deepEqual(resumed.slice(0, 3), [undefined, "1", "2"]);
  assert.deepEqual(messages.slice(0, 2), [{ n: 1 }, { n: 2 }]);
});

const breakages = [
  {
    name: "silence",
    code: "REGISTRY_UNREACHABLE",
    type: "text/event-stream",
    status: 200,
    text: ": hello\n\n",
    end: false,
  },
  { name: "another type", code: "REGISTRY_UNREACHABLE", type: "text/html", status: 200, text: "<p>", end: true },
  { name: "401", code: "REGISTRY_DENIED", type: "application/json", status: 401, text: "{}", end: true },
  {
    name: "data that is not JSON",
    code: "REGISTRY_PROTOCOL",
    type: "text/event-stream",
    status: 200,
    text: "event: desired\ndata: {\n\n",
    end: true,
  },
];
for (const { name, code, type, status, text, end } of breakages) {
  test(`a watch survives ${name} and connects again`, async (t) => {
    let connections = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const url = await serve(t, (_, response) => {
      connections += 1;
      if (connections === 3) resolve();
      response.writeHead(status, { "content-type": type }).write(text);
      if (end) response.end();
    });
    const { watch, codes } = watching(url, name === "silence" ? 30 : undefined);
    await promise;
    await watch.close();
    assert.equal(codes[0], code);
  });
}

test("reports are sent one at a time, the newest state last, and again after a failure", async () => {
  const sent: number[] = [];
  const failures: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let state = 0;
  const reporter = createReporter({
    retry: { base: 1, max: 1 },
    onFailure: (error) => void failures.push(error),
    async send() {
      sent.push(state);
      if (sent.length === 1) throw new Error("down");
      if (state === 2) resolve();
    },
  });
  for (state = 1; state < 2; state += 1) reporter.poke();
  reporter.poke();
  await promise;
  await reporter.close();
  assert.deepEqual([sent.at(-1), failures.length], [2, 1]);
});

test("with the registry of this project: a release reaches a running proxy, and its report reaches the registry", async (t) => {
  const registry = await createRegistry({ dir: temporaryFolder(t), anonymous: ["push", "pull", "release", "status"] });
  const { url } = await registry.listen();
  const { publisher, releaser, snapshot } = await createBench(t);
  const client = createOciClient({ url });
  const api = createMeshApi({ url, mesh: MESH });
  const { promise, resolve } = Promise.withResolvers<void>();
  const logger = {
    warn() {},
    info: (fields: Record<string, unknown>, message: string) =>
      void (message === "plugin runs" && fields.version === "1.1.0" && resolve()),
  };
  const host = createLocalHost(createRecordingServices({}, undefined).services);
  const delivery = await createDelivery({
    registry: { url, mesh: MESH },
    proxyId: "p1",
    cacheDir: temporaryFolder(t),
    host,
    logger,
  });
  t.after(async () => {
    await Promise.all([client.close(), api.close(), delivery.close()]);
    await registry.close();
  });
  const release = async (version: string) => {
    const reference = { registry: new URL(url).host, repository: REPOSITORY };
    const { artifact, digest } = await pushPlugin({
      client,
      reference,
      built: await labelPlugin(version),
      key: publisher,
    });
    const { layerDigest: layer, manifest } = artifact;
    const entry = {
      name: manifest.name,
      repository: REPOSITORY,
      version,
      manifest: digest,
      layer,
      size: artifact.layer.length,
    };
    await releasePlugins({ api, key: releaser, entries: [entry] });
  };
  await release("1.0.0");
  await delivery.apply(snapshot());
  assert.equal(labelOf({ ...delivery, slot: host.slot }), "a");
  await release("1.1.0");
  await promise;
  await delivery.close();
  const [proxy] = await api.proxies();
  const [plugin] = (proxy?.plugins ?? []) as { name: string }[];
  assert.deepEqual([proxy?.id, plugin?.name], ["p1", "shop/label-filter"]);
});
