import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readContract, wrapComponent } from "../../runtime/build/component.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { instantiateDirect } from "../../runtime/wasm/abi/direct/instance.ts";
import { GuestFault } from "../../runtime/wasm/abi/guest-fault.ts";
import { readComponent } from "../../runtime/wasm/binary/component.ts";
import { engine } from "../../runtime/wasm/engine.ts";
import type { GuestExchange } from "../../runtime/wasm/exchange.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import { createCapabilities } from "../../runtime/wasm/host/capabilities.ts";
import { HookContext } from "../../runtime/wasm/host/context.ts";
import { hiddenFields } from "../../runtime/wasm/host/field-sight.ts";
import { createTicker } from "../../runtime/wasm/host/ticker.ts";
import { PLUGIN_LIMITS } from "../../runtime/wasm/limits.ts";
import { type Binding, type CompiledPlugin, compilePlugin } from "../../runtime/wasm/plugin.ts";
import { CONTRACT_VERSION } from "../../wit/signatures.ts";
import { ownTimeOf } from "../own-time.ts";
import { BUMP, component, coreModule, hook, imported, type TextGuest } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

const MEMORY = `(memory (export "memory") 1 2)`;
const TAG = `(tag $never)`;

async function start(bytes: Uint8Array, binding: Binding, grants?: string[]): Promise<Generation> {
  const plugin = await compilePlugin(bytes, { binding });
  const services = testServices();
  return createGeneration({
    plugin,
    name: "hostile",
    version: "1.0.0",
    config: "{}",
    grants: grants ?? plugin.capabilities,
    services,
  });
}

const remove = imported("request", "remove-header", "(param i32 i32) (result i32)");
const method = imported("request", "method", "(param i32)");
const headers = imported("request", "headers", "(param i32)");
const query = imported("attributes", "text", "(param i32 i32 i32)");
const setFlag = imported("attributes", "set-flag", "(param i32 i32 i32) (result i32)");
const write = imported("log", "write", "(param i32 i32 i32)");
const send = imported("local-response", "send", "(param i32 i32 i32 i32 i32 i32 i32) (result i32)");
const read = imported("body", "read", "(param i32 i32 i32)");
const append = imported("body", "append", "(param i32 i32) (result i32)");
const hmac = imported("crypto", "hmac", "(param i32 i32 i32 i32 i32 i32 i32 i32 i32)");

const removeWith = (pointer: string, length: string): TextGuest => ({
  imports: ["request"],
  wat: `${remove} ${MEMORY} ${hook("on-request", `(call $remove-header (i32.const ${pointer}) (i32.const ${length}))`)}`,
});
const methodInto = (area: string, realloc: string): TextGuest => ({
  imports: ["request"],
  wat: `${method} ${MEMORY} ${realloc}
    ${hook("on-request", `(call $method (i32.const ${area})) (i32.const 0)`)}`,
});
const answer = (pointer: string): string =>
  `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const ${pointer}))`;

/** Each breaks the contract when its first hook runs. */
const FAULTS: readonly [name: string, guest: TextGuest, detail?: RegExp][] = [
  ["a pointer behind the memory", removeWith("65536", "1"), /expected 2 bytes at an address/],
  ["a pointer of 2^32 - 2", removeWith("-2", "1")],
  ["a length that wraps around", removeWith("2", "-1")],
  ["a length of half the address space", removeWith("0", "0x7fffffff")],
  ["an odd address for a string", removeWith("3", "1")],
  ["a result area behind the memory", methodInto("65530", BUMP)],
  ["an allocator that answers an address behind the memory", methodInto("16", answer("0x20000"))],
  ["an allocator that answers -1", methodInto("16", answer("-1"))],
  ["an allocator that answers an odd address", methodInto("16", answer("33"))],
  [
    "an allocator that traps",
    methodInto("16", `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)`),
  ],
  ["the verdict 3", { wat: hook("on-request", "(i32.const 3)") }, /expected the verdict 0/],
  ["a hold for a body without a hook for it", { wat: hook("on-request", "(i32.const 2)") }, /has no on-request-body/],
  ["the verdict -1", { wat: hook("on-request", "(i32.const -1)") }, /got 3 or more/],
  ["the verdict respond without a response", { wat: hook("on-request", "(i32.const 1)") }, /local-response.send/],
  [
    "a log level that does not exist",
    {
      imports: ["log"],
      wat: `${write} ${MEMORY} ${hook("on-request", "(call $write (i32.const 5) (i32.const 0) (i32.const 0)) (i32.const 0)")}`,
    },
  ],
  [
    "bytes for a body from behind the memory",
    {
      imports: ["body"],
      wat: `${append} ${MEMORY} ${hook("on-request", "(call $append (i32.const 65530) (i32.const 10))")}`,
    },
    /expected 10 bytes at an address/,
  ],
  [
    "a place for a body's bytes behind the memory",
    {
      imports: ["body"],
      wat: `${read} ${MEMORY} ${BUMP}
        ${hook("on-request", "(call $read (i32.const 0) (i32.const 1) (i32.const 65532)) (i32.const 0)")}`,
    },
    /expected 8 bytes at an address/,
  ],
  [
    "an option that is neither none nor some",
    {
      imports: ["crypto"],
      wat: `${hmac} ${MEMORY} ${BUMP} ${hook(
        "on-request",
        `(call $hmac (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 16)) (i32.const 0)`,
      )}`,
    },
  ],
  [
    "a list longer than the memory",
    {
      imports: ["local-response"],
      wat: `${send} ${MEMORY} ${hook(
        "on-request",
        `(call $send (i32.const 200) (i32.const 0) (i32.const 0x10000000)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))`,
      )}`,
    },
  ],
  ["a trap", { wat: hook("on-request", "unreachable") }, /unreachable/],
  ["a division by zero", { wat: hook("on-request", "(i32.div_u (i32.const 1) (i32.const 0))") }, /divide by zero/],
  [
    "endless recursion",
    { wat: `(func $f (result i32) (i32.add (call $f) (i32.const 1))) ${hook("on-request", "(call $f)")}` },
    /stack/,
  ],
];

for (const binding of ["direct", "jco"] as const) {
  describe(`a hostile guest, ${binding} binding`, () => {
    for (const [name, guest, detail] of FAULTS) {
      test(`${name} is a fault of one request, and the next one gets a fresh instance`, async () => {
        const generation = await start(await component(guest), binding);
        for (const traps of [1, 2, 3]) {
          const verdict = generation.onRequest(testExchange());
          assert.equal(verdict.kind, "fault");
          if (binding === "direct" && detail !== undefined)
            assert.match(verdict.kind === "fault" ? verdict.detail : "", detail);
          assert.equal(generation.traps, traps);
        }
      });
    }

    for (const name of ["on-request", "on-response", "on-log"] as const) {
      test(`a trap in ${name} is a value`, async () => {
        const generation = await start(await component({ wat: hook(name, "unreachable"), hooks: [name] }), binding);
        const run = {
          "on-request": (exchange: GuestExchange) => generation.onRequest(exchange),
          "on-response": (exchange: GuestExchange) => generation.onResponse(exchange),
          "on-log": (exchange: GuestExchange) => generation.onLog(exchange),
        }[name];
        const verdict = run(testExchange());
        assert.equal(verdict.kind === "fault" && verdict.code, "GUEST_TRAP");
      });
    }

    test("a trap in configure refuses the start", async () => {
      const wat = `${MEMORY} ${BUMP} (func (export "heddle:policy/configure@0.2.0#configure") (param i32 i32) (result i32) unreachable)`;
      await rejects(
        start(await component({ wat, hooks: ["configure"] }), binding),
        "START_FAILED",
        /configured.*unreachable/,
      );
    });

    test("a trap in the start function refuses the start", async () => {
      const wat = `(func $boom unreachable) (start $boom) ${hook("on-request", "(i32.const 0)")}`;
      await rejects(start(await component({ wat }), binding), "START_FAILED", /started.*unreachable/);
    });

    test("an import that is not granted is refused by name", async () => {
      const bytes = await component(removeWith("0", "0"));
      await rejects(start(bytes, binding, ["log"]), "IMPORT_NOT_GRANTED", /imports request, but is granted log/);
    });
  });
}

test("a component whose idea of an interface differs from the contract cannot confuse the host", async () => {
  const contract = await readContract();
  const other = {
    ...contract,
    wit: contract.wit.replace("remove-header: func(name: string) -> edit;", "remove-header: func(name: u32) -> edit;"),
  };
  const wat = `${imported("request", "remove-header", "(param i32) (result i32)")}
    ${hook("on-request", "(call $remove-header (i32.const 7))")}`;
  const bytes = await wrapComponent(coreModule(wat), ["on-request"], ["request"], other);
  const generation = await start(bytes, "jco");
  const verdict = generation.onRequest(testExchange());
  assert.match(verdict.kind === "fault" ? verdict.detail : "", /other arguments than string/);
  await rejects(compilePlugin(bytes, { binding: "direct" }), "COMPONENT_UNSUPPORTED", /remove-header/);
});

describe("the direct binding", () => {
  test("refuses a misaligned result area", async () => {
    const generation = await start(await component(methodInto("18", BUMP)), "direct");
    assert.equal(generation.onRequest(testExchange()).kind, "fault");
  });

  test("sees memory that grew while the host allocated in it", async () => {
    const wat = `${headers} ${MEMORY.replace("1 2", "1")} ${BUMP}
      ${hook("on-request", "(call $headers (i32.const 16)) (i32.ne (i32.load (i32.const 20)) (i32.const 3))")}`;
    const generation = await start(await component({ wat, imports: ["request"] }), "direct");
    const long = "x".repeat(60_000);
    const verdict = generation.onRequest(
      testExchange([
        ["a", long],
        ["b", long],
        ["c", long],
      ]),
    );
    assert.deepEqual(verdict, { kind: "next" });
    assert.ok(generation.memorySize > 3 * 2 * 60_000);
  });

  test("a host call that failed cannot be caught and followed by another one", async () => {
    const wat = `${setFlag} ${MEMORY} ${TAG} (data (i32.const 0) "a\\00")
      ${hook(
        "on-request",
        `
        (try (do (drop (call $set-flag (i32.const -8) (i32.const 9) (i32.const 1)))) (catch_all))
        (call $set-flag (i32.const 0) (i32.const 1) (i32.const 1))`,
      )}`;
    const exchange = testExchange();
    assert.throws(() => runUnadmitted(wat, ["attributes"], exchange), GuestFault);
    assert.equal(exchange.attributes.size, 0);
  });

  test("does not let a guest call the host from its allocator", async () => {
    const wat = `${query} ${setFlag} ${MEMORY} (data (i32.const 0) "a\\00")
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (drop (call $set-flag (i32.const 0) (i32.const 1) (i32.const 1))) (i32.const 64))
      ${hook("on-request", "(call $text (i32.const 0) (i32.const 1) (i32.const 16)) (i32.const 0)")}`;
    const generation = await start(await component({ wat, imports: ["attributes"] }), "direct");
    const exchange = testExchange();
    exchange.attributes.set("a", "some text");
    assert.equal(generation.onRequest(exchange).kind, "fault");
    assert.equal(exchange.attributes.get("a"), "some text");
  });

  test("a call from the allocator stays a fault though the allocator caught it", async () => {
    const wat = `${query} ${setFlag} ${MEMORY} ${TAG} (data (i32.const 0) "a\\00")
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (try (do (drop (call $set-flag (i32.const 0) (i32.const 1) (i32.const 1)))) (catch_all)) (i32.const 64))
      ${hook(
        "on-request",
        `(call $text (i32.const 0) (i32.const 1) (i32.const 16))
        (call $set-flag (i32.const 0) (i32.const 1) (i32.const 1))`,
      )}`;
    const exchange = testExchange();
    exchange.attributes.set("a", "some text");
    assert.throws(() => runUnadmitted(wat, ["attributes"], exchange), /from its start function, its allocator/);
    assert.equal(exchange.attributes.get("a"), "some text");
  });
});

describe("a module that is refused", () => {
  const hooked = hook("on-request", "(i32.const 0)");
  const modules: readonly [name: string, wat: string, code: string, message: RegExp][] = [
    [
      "constructor.constructor",
      `(import "constructor" "constructor" (func)) ${hooked}`,
      "IMPORT_UNKNOWN",
      /got constructor/,
    ],
    ["__proto__.toString", `(import "__proto__" "toString" (func)) ${hooked}`, "IMPORT_UNKNOWN", /__proto__/],
    ["env.abort", `(import "env" "abort" (func)) ${hooked}`, "IMPORT_UNKNOWN", /got env/],
    ["control characters in a name", `(import "e\\1b[31m" "x" (func)) ${hooked}`, "IMPORT_UNKNOWN", /e\\u\{1b\}\[31m/],
    [
      "a function that its interface lacks",
      `${imported("request", "constructor", "")} ${hooked}`,
      "COMPONENT_UNSUPPORTED",
      /constructor/,
    ],
    [
      "an import of another type",
      `${imported("request", "method", "(param i64)")} ${hooked}`,
      "COMPONENT_UNSUPPORTED",
      /method/,
    ],
    [
      "an imported memory",
      `(import "heddle:policy/request@0.2.0" "method" (memory 1)) ${hooked}`,
      "COMPONENT_UNSUPPORTED",
      /memory/,
    ],
    ["no hook", `(func (export "then"))`, "COMPONENT_UNSUPPORTED", /expected a component that exports/],
    [
      "a hook of another type",
      `(func (export "heddle:policy/on-request@0.2.0#on-request"))`,
      "COMPONENT_UNSUPPORTED",
      /on-request/,
    ],
  ];
  for (const [name, wat, code, message] of modules) {
    test(`for ${name}`, () => rejects(compilePlugin(coreModule(wat)), code, message));
  }

  test("for asynchronous functions, which would go on after the hook", async () => {
    const plain = await component({ wat: hooked });
    const canon = (...item: number[]): Uint8Array =>
      Buffer.concat([plain, Uint8Array.of(8, item.length + 1, 1, ...item)]);
    for (const item of [[0x05], [0x26, 0], [0, 0, 0, 1, 6, 0], [1, 0, 0, 1, 6]]) {
      await rejects(compilePlugin(canon(...item)), "COMPONENT_UNSUPPORTED", /synchronous/);
    }
    assert.equal(readComponent(canon(3, 0)).utf16, false);
  });

  test("for a name that takes a careless reader ages", async () => {
    const name = `${"#".repeat(100_000)}\\n`;
    const module = coreModule(`(func (export "${name}"))`);
    const took = await ownTimeOf(() => rejects(compilePlugin(module), "ADMISSION_REFUSED", /name of at most/));
    assert.ok(took < 1_000, `${took} ms`);
  });

  const files: readonly [name: string, bytes: Uint8Array, code: string][] = [
    ["an empty file", new Uint8Array(0), "ARTIFACT_NOT_WASM"],
    ["a text", Buffer.from("hello, world"), "ARTIFACT_NOT_WASM"],
    ["the magic number alone", Buffer.from("\0asm"), "ARTIFACT_TRUNCATED"],
    ["another version", Buffer.from("\0asm\x02\0\0\0"), "COMPONENT_UNSUPPORTED"],
    ["a section id that does not exist", Buffer.from("\0asm\x0d\0\x01\0\x63\x01\x00"), "COMPONENT_INVALID"],
    ["a section length past the end", Buffer.from("\0asm\x0d\0\x01\0\x01\x7f\x00"), "COMPONENT_INVALID"],
    [
      "an over-long number",
      Buffer.from("\0asm\x0d\0\x01\0\x01\x80\x80\x80\x80\x80\x00", "latin1"),
      "COMPONENT_INVALID",
    ],
  ];
  for (const [name, bytes, code] of files) {
    test(`for ${name}`, () => rejects(compilePlugin(bytes), code, /./));
  }

  test("truncated anywhere: never anything but an error with a code", async () => {
    const bytes = await component(removeWith("0", "0"));
    const whole = await compilePlugin(bytes);
    let accepted = 0;
    for (let length = 0; length < bytes.length; length++) {
      const cut = compilePlugin(bytes.subarray(0, length), { binding: "direct" });
      const outcome = await cut.catch((error: unknown) => error);
      if (isHeddleError(outcome)) continue;
      accepted++;
      const { hooks, capabilities } = outcome as CompiledPlugin;
      assert.deepEqual([hooks, capabilities], [whole.hooks, whole.capabilities]);
    }
    assert.ok(accepted <= 3, "only the custom sections at the end may be missing");
  });

  test("with a broken function body", async () => {
    const core = coreModule(hooked);
    const broken = Uint8Array.from(core, (byte, index) => (index === core.length - 1 ? 0xff : byte));
    await rejects(compilePlugin(broken), "COMPONENT_INVALID", /^function 0: /);
  });

  test("with a function body of other types, which the engine finds", async () => {
    const core = Buffer.from(coreModule(hook("on-request", "(i32.const 0x5555)")));
    // In the place of the constant: local.get 0, i32.eqz, drop.
    const at = core.indexOf(Buffer.from([0x41, 0xd5, 0xaa, 0x01, 0x0b]));
    core.set([0x20, 0x00, 0x45, 0x1a, 0x0b], at);
    await rejects(compilePlugin(core), "COMPILE_FAILED", /refused/);
  });
});

/** Runs the hook of a module that admission would refuse: what admission cannot let through is still held at the boundary. */
function runUnadmitted(wat: string, capabilities: string[], exchange: GuestExchange): void {
  const services = testServices();
  const context = new HookContext({
    plugin: "hostile",
    services,
    hidden: hiddenFields([]),
    limits: PLUGIN_LIMITS,
    backends: new Set(),
    ticker: createTicker(services),
  });
  const module = new engine.Module(coreModule(wat));
  const shape = { contract: CONTRACT_VERSION, capabilities };
  const guest = instantiateDirect(module, shape, createCapabilities(context), 0);
  context.begin("on-request", exchange);
  guest.onRequest(exchange.id);
}

async function rejects(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(isHeddleError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
