import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { skipBecause, skipWithout } from "../peer.ts";
import { startFilter } from "../wasm/proxy-wasm/filters.ts";
import { testExchange } from "../wasm/surroundings.ts";

const execute = promisify(execFile);
const SOURCES = join(import.meta.dirname, "sdks");
const ASC = join(import.meta.dirname, "..", "..", "node_modules", "assemblyscript", "bin", "asc.js");

/** Builds a filter with the SDK of another project. Throws what the tools say, also where a registry cannot be reached. */
type Build = (folder: string) => Promise<Uint8Array>;

const go: Build = async (folder) => {
  copyFileSync(join(SOURCES, "filter.go"), join(folder, "main.go"));
  copyFileSync(join(SOURCES, "go.mod.txt"), join(folder, "go.mod"));
  const env = { ...process.env, GOFLAGS: "-mod=mod" };
  await execute("go", ["mod", "download"], { cwd: folder, env });
  const target = { ...env, GOOS: "wasip1", GOARCH: "wasm" };
  await execute("go", ["build", "-buildmode=c-shared", "-o", "filter.wasm", "."], { cwd: folder, env: target });
  return readFileSync(join(folder, "filter.wasm"));
};

const assemblyScript: Build = async (folder) => {
  mkdirSync(join(folder, "assembly"));
  copyFileSync(join(SOURCES, "filter.as"), join(folder, "assembly", "index.ts"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const packages = ["@gcoredev/proxy-wasm-sdk-as@1.2.3", "@assemblyscript/wasi-shim@0.1.0"];
  const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", ...packages];
  await execute("npm", install, { cwd: folder });
  const config = join("node_modules", "@assemblyscript", "wasi-shim", "asconfig.json");
  const options = ["--config", config, "--use", "abort=abort_proc_exit", "-O", "-o", "filter.wasm"];
  await execute(process.execPath, [ASC, join("assembly", "index.ts"), ...options], { cwd: folder });
  return readFileSync(join(folder, "filter.wasm"));
};

/** No SDK for C++ is in a registry: the filter has the exports, imports and libraries of what emscripten and wasi-sdk make. */
const cpp: Build = async (folder) => {
  const out = join(folder, "filter.wasm");
  const options = ["--target=wasm32-wasi", "-std=c++17", "-O2", "-fno-exceptions", "-mexec-model=reactor"];
  await execute("clang++", [...options, join(SOURCES, "filter.cc"), "-o", out]);
  return readFileSync(out);
};

const SDKS: readonly (readonly [name: string, build: Build, tool: string])[] = [
  ["Go", go, "go"],
  ["AssemblyScript", assemblyScript, "npm"],
  ["C++", cpp, "clang++"],
];

/** Undefined where a registry or a tool is not what it was: that is said, and fails where nothing may be skipped. */
async function built(t: TestContext, build: Build): Promise<Uint8Array | undefined> {
  try {
    return await build(temporaryFolder(t));
  } catch (error) {
    t.skip(skipBecause(`it could not be built here: ${String(error).slice(0, 500)}`));
    return undefined;
  }
}

for (const [name, build, tool] of SDKS) {
  test(`a filter of the SDK for ${name} runs unmodified`, { skip: skipWithout(tool) }, async (t) => {
    const module = await built(t, build);
    if (module === undefined) return;
    const { generation, services } = await startFilter(module, {
      config: '{"a":1}',
      proxyWasm: { pluginRootId: "filter" },
    });
    const request = (op: string) => testExchange([["op", op]]);

    const passed = request("pass");
    Object.assign(passed.request, { hasBody: true });
    assert.equal(generation.onRequest(passed).kind, "next");
    assert.equal(passed.request.fields.get("x-config"), '{"a":1}');
    assert.equal(generation.onRequestBody?.(passed, { bytes: Buffer.from("ab"), end: false }).kind, "hold");
    const whole = { bytes: Buffer.from("abcd") as Uint8Array, end: true };
    assert.equal(generation.onRequestBody?.(passed, whole).kind, "next");
    assert.equal(Buffer.from(whole.bytes).toString(), "[abcd]");
    passed.response.status = 200;
    assert.equal(generation.onResponse(passed).kind, "next");
    assert.equal(passed.response.fields.get("x-sdk"), "seen");
    generation.onLog(passed);
    generation.release?.(passed);
    assert.match(services.lines.at(-1)?.message ?? "", /done$/);

    const denied = request("deny");
    assert.equal(generation.onRequest(denied).kind, "respond");
    const { status, headers, body = Buffer.alloc(0) } = denied.localResponse ?? {};
    assert.deepEqual(
      [status, new Map(headers), Buffer.from(body).toString()],
      [
        403,
        new Map([
          ["x-why", "because"],
          ["content-type", "text/plain"],
        ]),
        "no",
      ],
    );

    const failed = generation.onRequest(request("panic"));
    assert.match(failed.kind === "fault" ? failed.detail : failed.kind, /as asked/);
    for (let count = 0; count < 2_000; count++) {
      const one = request("pass");
      assert.equal(generation.onRequest(one).kind, "next");
      generation.release?.(one);
    }
    assert.equal(generation.traps, 1);
  });
}
