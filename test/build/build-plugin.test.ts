import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { filterFolder, NEXT } from "./filter-folder.ts";

// What is tested here is building, so that nothing may come from a build before.
delete process.env.HEDDLE_BUILD_CACHE;

const HOOKS = `import { Action, config, quota } from "heddle/sdk";
let limit = config.int("limit", 10);
export function onRequest(): Action { return quota.take("all", limit, 1000, 1).allowed ? Action.Next : Action.Next; }
export function onResponse(): void {}
function last(): void {}
export { last as onLog };
`;

describe("buildPlugin", () => {
  test("lists the hooks that the filter has, and what it imports", async (t) => {
    const { manifest } = await buildPlugin({ folder: filterFolder(t, { "index.ts": HOOKS }) });
    assert.deepEqual(manifest.hooks, ["configure", "on-request", "on-response", "on-log"]);
    assert.deepEqual(manifest.capabilities, ["log", "quota"]);
  });

  test("exports nothing but the hooks", async (t) => {
    const { manifest, component } = await buildPlugin({ folder: filterFolder(t, { "index.ts": NEXT }) });
    assert.deepEqual(manifest.hooks, ["on-request"]);
    assert.deepEqual([...component.subarray(0, 8)], [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  });

  test("gives the same bytes in another folder, whatever its line ends", async (t) => {
    const first = await buildPlugin({ folder: filterFolder(t, { "index.ts": HOOKS }) });
    const second = await buildPlugin({ folder: filterFolder(t, { "index.ts": HOOKS.replaceAll("\n", "\r\n") }) });
    assert.equal(second.digest, first.digest);
    assert.equal(second.sourceMap, first.sourceMap);
    assert.equal(sha256(second.component), first.digest);
  });

  test("names no folder of this machine in what it writes", async (t) => {
    const folder = filterFolder(t, { "index.ts": HOOKS });
    const { component, sourceMap } = await buildPlugin({ folder });
    for (const text of [Buffer.from(component).toString("latin1"), sourceMap]) {
      assert.ok(!text.includes(folder) && !text.includes(process.cwd()));
    }
  });

  test("writes component, map and manifest", async (t) => {
    const folder = filterFolder(t, { "index.ts": NEXT });
    const { paths, component, manifest } = await buildPlugin({ folder, outDir: join(folder, "out") });
    assert.ok(paths !== undefined);
    assert.deepEqual(readFileSync(paths.component), Buffer.from(component));
    assert.deepEqual(JSON.parse(readFileSync(paths.manifest, "utf8")), manifest);
    assert.ok(
      (JSON.parse(readFileSync(paths.sourceMap, "utf8")) as { sources: string[] }).sources.includes("index.ts"),
    );
  });

  test("carries the configuration's schema and the limits", async (t) => {
    const schema = { type: "object", properties: { limit: { type: "integer" } } };
    const plugin = { name: "shop/limit", version: "1.2.0-rc.1", description: "x", limits: { memoryPages: 16 } };
    const files = {
      "index.ts": NEXT,
      "config.schema.json": JSON.stringify(schema),
      "plugin.json": JSON.stringify(plugin),
    };
    const { manifest } = await buildPlugin({ folder: filterFolder(t, files) });
    assert.deepEqual(manifest.configSchema, schema);
    assert.deepEqual(manifest.limits, { memoryPages: 16, hookMillis: 100 });
  });
});

const REFUSED: Record<string, { files: Record<string, string>; code: string; says: RegExp }> = {
  "a type error, with its place": {
    files: { "index.ts": `${NEXT}export function other(): void {\n  const n: i32 = "x";\n}\nother();\n` },
    code: "BUILD_COMPILE",
    says: /index\.ts:6:18 - error \d+: .*\n {2}6 \| {3}const n: i32 = "x";\n {4}\| {18}\^{3}(\n|$)/,
  },
  "a syntax error": {
    files: { "index.ts": "export function onRequest(: Action {" },
    code: "BUILD_COMPILE",
    says: /index\.ts:1:\d+ - error/,
  },
  "an error in another file of the filter": {
    files: {
      "index.ts": `import { f } from "./lib/f";\n${NEXT}f();\n`,
      "lib/f.ts": "export function f(): void { nothing(); }",
    },
    code: "BUILD_COMPILE",
    says: /lib\/f\.ts:1:\d+ - error/,
  },
  "a warning of the compiler": {
    files: { "index.ts": NEXT.replace("return", "if (<f64>1 == NaN) return Action.Next;\n  return") },
    code: "BUILD_COMPILE",
    says: /index\.ts:3:\d+ - warning/,
  },
  "a module without hooks": {
    files: { "index.ts": "export function onrequest(): i32 { return 0; }" },
    code: "BUILD_NO_HOOKS",
    says: /exports onrequest/,
  },
  "a folder without index.ts": { files: {}, code: "BUILD_NO_HOOKS", says: /index\.ts/ },
  "a hook with parameters": {
    files: { "index.ts": NEXT.replace("onRequest()", "onRequest(id: u32)") },
    code: "BUILD_COMPILE",
    says: /onRequest without parameters, got 1 at .*index\.ts:2:17/,
  },
  "a file outside the filter's folder": {
    files: { "index.ts": `import { f } from "../outside";\n${NEXT}f();\n` },
    code: "BUILD_COMPILE",
    says: /outside/,
  },
  "an import from outside the contract": {
    files: {
      "index.ts": `@external("env", "open") declare function open(): i32;\n${NEXT.replace("return", "open(); return")}`,
    },
    code: "IMPORT_UNKNOWN",
    says: /env open\n.*index\.ts:1:43$/,
  },
  "plugin.json that is not JSON": {
    files: { "index.ts": NEXT, "plugin.json": "{" },
    code: "BUILD_PLUGIN_JSON",
    says: /JSON/,
  },
  "plugin.json with bad fields, all of them named": {
    files: { "index.ts": NEXT, "plugin.json": `{"name":"Bad Name","version":"1","memory":"big","colour":"red"}` },
    code: "BUILD_PLUGIN_JSON",
    says: /(?=.*description)(?=.*colour)(?=.*name)(?=.*version)(?=.*arena, gc)/,
  },
  "a schema that is none": {
    files: { "index.ts": NEXT, "config.schema.json": `{"type":"thing"}` },
    code: "BUILD_PLUGIN_JSON",
    says: /JSON Schema/,
  },
};

describe("buildPlugin refuses", () => {
  for (const [name, { files, code, says }] of Object.entries(REFUSED)) {
    test(name, async (t) => {
      await assert.rejects(buildPlugin({ folder: filterFolder(t, files) }), (error) => {
        assert.ok(isHeddleError(error), String(error));
        assert.equal(error.code, code);
        assert.match(`${error.message}\n${error.where}`, says);
        return true;
      });
    });
  }

  test("a folder without plugin.json", async (t) => {
    const folder = join(filterFolder(t, {}), "nowhere");
    await assert.rejects(buildPlugin({ folder }), { code: "BUILD_PLUGIN_JSON" });
  });
});
