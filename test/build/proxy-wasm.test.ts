import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { UNSUPPORTED } from "../../runtime/build/proxy-wasm/unsupported.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { packageRoot } from "../../runtime/package.ts";
import { judgeModule } from "../../runtime/wasm/admission/judge-module.ts";
import { PLUGIN_LIMITS } from "../../runtime/wasm/limits.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { filterFolder, NEXT } from "./filter-folder.ts";

// What is tested here is building, so that nothing may come from a build before.
delete process.env.HEDDLE_BUILD_CACHE;

const LIFECYCLE = [
  ...["proxy_abi_version_0_2_1", "malloc", "proxy_on_context_create", "proxy_on_vm_start", "proxy_on_done"],
  ...["proxy_on_delete", "memory", "_initialize"],
];

/** With what each finds under `heddle` in its configuration. */
const PLUGINS = { "api-key": [], canary: ["backends"], headers: [], "jwt-auth": ["keySets"], "rate-limit": [] };

const BODIES = `import { Action, body, request } from "heddle/sdk";
export function onRequest(): Action { return request.method() === "POST" ? Action.NeedBody : Action.Next; }
export function onRequestBody(): Action { body.append("!"); return Action.Next; }
export function onLog(): void {}
`;

const callbacks = (module: Uint8Array) =>
  judgeModule(module, PLUGIN_LIMITS)
    .exports.map(({ name }) => name)
    .sort();

describe("a build for proxy-wasm", () => {
  for (const [name, settings] of Object.entries(PLUGINS)) {
    test(`${name} needs nothing but what a host of ABI 0.2.1 has`, async () => {
      const built = await buildPlugin({ folder: join(packageRoot, "plugins", name), target: "proxy-wasm" });
      const component = await buildPlugin({ folder: join(packageRoot, "plugins", name) });
      const { imports, exports } = judgeModule(built.component, PLUGIN_LIMITS);
      assert.ok(
        imports.every(({ module, name }) => (module === "env" ? name.startsWith("proxy_") : module === "none")),
      );
      for (const one of [...LIFECYCLE, "proxy_on_configure", "proxy_on_request_headers"]) {
        assert.ok(
          exports.some((each) => each.name === one),
          one,
        );
      }
      // A proxy finds in the module what its manifest says, and grants that.
      const { capabilities, hooks } = await compilePlugin(built.component);
      const schema = built.manifest.configSchema as { properties: Record<string, { properties: object }> };
      const { configSchema, ...manifest } = component.manifest;
      assert.deepEqual(built.manifest, { ...manifest, capabilities, hooks, configSchema: schema });
      const { heddle, ...properties } = schema.properties;
      assert.deepEqual({ ...schema, properties }, configSchema);
      assert.deepEqual(Object.keys(heddle?.properties ?? {}), settings);
    });
  }

  test("exports the callbacks of the filter's hooks and no others", async (t) => {
    const plain = await buildPlugin({ folder: filterFolder(t, { "index.ts": NEXT }), target: "proxy-wasm" });
    assert.deepEqual(callbacks(plain.component), [...LIFECYCLE, "proxy_on_request_headers"].sort());
    const bodies = await buildPlugin({ folder: filterFolder(t, { "index.ts": BODIES }), target: "proxy-wasm" });
    const more = ["proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers", "proxy_on_log"];
    assert.deepEqual(callbacks(bodies.component), [...LIFECYCLE, ...more].sort());
  });

  test("gives the same bytes in another folder, without custom sections", async (t) => {
    const build = () => buildPlugin({ folder: filterFolder(t, { "index.ts": BODIES }), target: "proxy-wasm" });
    const [first, second] = [await build(), await build()];
    assert.equal(first.digest, second.digest);
    assert.ok(!Buffer.from(first.component).includes("sourceMappingURL"));
    assert.ok((JSON.parse(first.sourceMap) as { sources: string[] }).sources.includes("index.ts"));
  });

  test("is what plugin.json names unless told otherwise, under a name of its own", async (t) => {
    const plugin = { name: "acme/gate", version: "1.0.0", description: "A gate.", target: "proxy-wasm" };
    const folder = filterFolder(t, { "index.ts": NEXT, "plugin.json": JSON.stringify(plugin) });
    const module = await buildPlugin({ folder, outDir: join(folder, "dist") });
    const component = await buildPlugin({ folder, outDir: join(folder, "dist"), target: "component" });
    assert.deepEqual([module.target, component.target], ["proxy-wasm", "component"]);
    assert.equal(module.paths?.component, join(folder, "dist", "acme-gate.proxy-wasm.wasm"));
    assert.equal(component.paths?.component, join(folder, "dist", "acme-gate.wasm"));
    for (const { paths } of [module, component])
      for (const path of Object.values(paths ?? {})) assert.ok(existsSync(path));
  });
});

/** Every refused use with its place, whatever name it has there. */
const UNABLE = `import * as sdk from "heddle/sdk";
import { Action, http as calls } from "heddle/sdk";
import { other } from "./lib/other";
export function onRequest(): Action {
  const answer = calls.get("default/users:80", "/");
  sdk.http.get("a", "b");
  other();
  return Action.Next;
}
`;

const REFUSED: Record<string, { files: Record<string, string>; code: string; says: readonly RegExp[] }> = {
  "what no proxy-wasm host can do, with the place of every use": {
    files: {
      "index.ts": UNABLE,
      "lib/other.ts": `import { http } from "heddle/sdk";\nexport function other(): void {\n  http.get("a", "b");\n}\n`,
    },
    code: "BUILD_TARGET",
    says: [/index\.ts:5:18 - http\.get: /, /index\.ts:6:3 - http\.get: /, /lib\/other\.ts:3:3 - http\.get: /],
  },
  "imports of the filter's own": {
    files: {
      "index.ts": `${NEXT.replace("return", "opened(); return")}import { opened } from "./lib/files";\n`,
      "lib/files.ts": `@external("env", "open")\ndeclare function path_open(): i32;\nexport function opened(): i32 { return path_open(); }\n`,
    },
    code: "IMPORT_UNKNOWN",
    says: [/lib\/files\.ts:2:18/, /env open/],
  },
  "a type error": {
    files: { "index.ts": `${NEXT}export function other(): void {\n  const n: i32 = "x";\n}\nother();\n` },
    code: "BUILD_COMPILE",
    says: [/index\.ts:6:18 - error/],
  },
};

/** A use of everything in the SDK that no proxy-wasm host has means for. */
const USES: Readonly<Record<string, string>> = {
  http: `http.get("default/users:80", "/");`,
  HttpRequest: `new HttpRequest("default/users:80", "GET", "/");`,
};

describe("a build for proxy-wasm refuses", () => {
  for (const name of Object.keys(UNSUPPORTED)) {
    test(`${name} of the SDK, with the place of its use`, async (t) => {
      const use = USES[name] ?? "";
      const filter = NEXT.replace("Action }", `Action, ${name} }`).replace("  return", `  ${use}\n  return`);
      const build = (target: "component" | "proxy-wasm") =>
        buildPlugin({ folder: filterFolder(t, { "index.ts": filter }), target });
      await build("component");
      const place = new RegExp(`index\\.ts:3:${3 + use.indexOf(name)} - ${name}`);
      await assert.rejects(build("proxy-wasm"), (error) => isHeddleError(error) && place.test(error.message));
    });
  }

  for (const [name, { files, code, says }] of Object.entries(REFUSED)) {
    test(name, async (t) => {
      await assert.rejects(buildPlugin({ folder: filterFolder(t, files), target: "proxy-wasm" }), (error) => {
        assert.ok(isHeddleError(error), String(error));
        assert.equal(error.code, code, error.message);
        for (const pattern of says) assert.match(error.describe(), pattern);
        return true;
      });
    });
  }
});
