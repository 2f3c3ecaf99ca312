import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { readContract } from "../../runtime/build/component.ts";
import type { BodyPiece, GuestExchange } from "../../runtime/wasm/exchange.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import type { PluginLimits } from "../../runtime/wasm/limits.ts";
import { type Binding, compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { BUMP, component, coreModule, guest, hook, imported } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

const BINDINGS: readonly Binding[] = ["direct", "jco"];

async function start(bytes: Uint8Array, binding: Binding, limits: Partial<PluginLimits> = {}): Promise<Generation> {
  const plugin = await compilePlugin(bytes, { binding });
  const grants = plugin.capabilities;
  return createGeneration({
    plugin,
    name: "p",
    version: "1.0.0",
    config: "{}",
    grants,
    services: testServices(),
    limits,
  });
}

const bodies = async (binding: Binding, limits?: Partial<PluginLimits>): Promise<Generation> =>
  start((await guest("bodies")).component, binding, limits);

/** A request whose header `op` tells the guest `bodies` what to do. */
function request(op: string, { hasBody = true } = {}): GuestExchange {
  const exchange = testExchange([["op", op]]);
  return { ...exchange, request: { ...exchange.request, hasBody } };
}

const piece = (text: string, end: boolean): BodyPiece => ({ bytes: Buffer.from(text), end });
const textOf = ({ bytes }: BodyPiece): string => Buffer.from(bytes).toString();
const detailOf = (verdict: Verdict): string => (verdict.kind === "fault" ? verdict.detail : "");

for (const binding of BINDINGS) {
  describe(`hooks for bodies, ${binding} binding`, () => {
    const edits: readonly [op: string, before: string, after: string][] = [
      ["read", "one", "one"],
      ["replace", "one", "replaced"],
      ["append", "one", "one, and more"],
      ["drop", "one", ""],
      ["upper", "héllo wörld", "HÉLLO WÖRLD"],
      ["many", "x", `x${"ab".repeat(500)}`],
    ];
    for (const [op, before, after] of edits) {
      test(`${op}: ${before} becomes ${after.slice(0, 20)}`, async () => {
        const generation = await bodies(binding);
        const exchange = request(op);
        assert.equal(generation.onRequest(exchange).kind, "next");
        const given = piece(before, true);
        assert.equal(generation.onRequestBody?.(exchange, given).kind, "next");
        assert.equal(textOf(given), after);
        assert.equal(generation.traps, 0);
      });
    }

    test("what is given is the caller's: an edit leaves it as it was", async () => {
      const generation = await bodies(binding);
      const before = Buffer.from("one");
      for (const op of ["replace", "append", "many", "upper"]) {
        generation.onRequestBody?.(request(op), { bytes: before, end: true });
        assert.equal(before.toString(), "one");
      }
    });

    test("a piece is held until the next one, but not the last", async () => {
      const generation = await bodies(binding);
      const exchange = request("hold");
      assert.deepEqual(generation.onRequestBody?.(exchange, piece("o", false)), { kind: "hold", whole: false });
      const last = generation.onRequestBody?.(exchange, piece("one", true)) as Verdict;
      assert.match(detailOf(last), /on-request-body asks for more of a body that has ended/);
      assert.equal(generation.traps, 1);
    });

    test("a held head can be edited while its body is looked at, and not afterwards", async () => {
      const generation = await bodies(binding);
      const exchange = request("head");
      assert.deepEqual(generation.onRequest(exchange), { kind: "hold", whole: true });
      assert.equal(generation.onRequestBody?.(exchange, piece("12345", true)).kind, "next");
      assert.equal(exchange.request.fields.get("x-size"), "5");
      assert.equal(exchange.routing.chosen, "shop/orders-v2:80");
      exchange.request.fields.remove("x-size");
      assert.equal(generation.onRequestBody?.(exchange, piece("12345", true)).kind, "next");
      assert.equal(exchange.request.fields.get("x-size"), undefined);
    });

    test("a head that is not held cannot be edited from its body's hook", async () => {
      const generation = await bodies(binding);
      const exchange = request("late");
      assert.equal(generation.onRequest(exchange).kind, "next");
      assert.equal(generation.onRequestBody?.(exchange, piece("12345", true)).kind, "next");
      assert.equal(exchange.request.fields.get("x-size"), undefined);
      assert.equal(exchange.routing.chosen, undefined);
    });

    test("a message without a body is shown to the hook that asked for it, once and empty", async () => {
      const generation = await bodies(binding);
      const exchange = request("head", { hasBody: false });
      assert.equal(generation.onRequest(exchange).kind, "next");
      assert.equal(exchange.request.fields.get("x-size"), "0");
      const answered = request("answer", { hasBody: false });
      assert.equal(generation.onRequest(answered).kind, "respond");
      assert.equal(answered.localResponse?.status, 422);
    });

    test("a hook for a body can answer; one for a response's only while its head is held", async () => {
      const generation = await bodies(binding);
      const exchange = request("answer");
      assert.equal(generation.onRequest(exchange).kind, "hold");
      assert.equal(generation.onRequestBody?.(exchange, piece("x", true)).kind, "respond");
      const held = {
        ...request("response-head"),
        response: { ...testExchange().response, status: 200, hasBody: true },
      };
      assert.equal(generation.onResponse(held).kind, "hold");
      assert.equal(generation.onResponseBody?.(held, piece("secret", true)).kind, "respond");
      assert.equal(held.localResponse?.status, 502);
      const passed = request("response-late");
      assert.equal(generation.onResponse(passed).kind, "next");
      assert.match(detailOf(generation.onResponseBody?.(passed, piece("secret", true)) as Verdict), /was not called/);
    });

    test("an edit beyond what may be kept is refused, and the bytes stay", async () => {
      const generation = await bodies(binding, { bodyBytes: 10 });
      const given = piece("one", true);
      assert.equal(generation.onRequestBody?.(request("append"), given).kind, "next");
      assert.equal(textOf(given), "one");
      const large = piece("a longer piece than may be kept", true);
      generation.onRequestBody?.(request("drop"), large);
      assert.equal(textOf(large), "");
    });

    test("outside of these hooks there is no body", async () => {
      const generation = await bodies(binding);
      const exchange = request("outside");
      assert.equal(generation.onRequest(exchange).kind, "next");
      assert.equal(exchange.attributes.get("outside.size"), 0);
      assert.equal(exchange.attributes.get("outside.edit"), 1);
    });

    test("what is read is what a view of the bytes would be", async () => {
      const generation = await bodies(binding);
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 64 }),
          fc.oneof(fc.nat({ max: 80 }), fc.constantFrom(0xffff_ffff, 0x8000_0000)),
          fc.oneof(fc.nat({ max: 80 }), fc.constantFrom(0xffff_ffff, 0x8000_0000)),
          (bytes, from, length) => {
            const exchange = request(`slice ${from} ${length}`);
            const given = { bytes, end: true };
            assert.equal(generation.onRequestBody?.(exchange, given).kind, "next");
            assert.deepEqual([...given.bytes], [...bytes.slice(from, from + length)]);
          },
        ),
      );
    });
  });
}

describe("what a plugin does to bodies", () => {
  const read = imported("body", "read", "(param i32 i32 i32)");
  const replace = imported("body", "replace", "(param i32 i32) (result i32)");
  const wat = (imports: string): string =>
    `${imports} (memory (export "memory") 1) ${BUMP} ${hook("on-request-body", "(i32.const 0)")}`;
  const of = async (imports: string, binding: Binding) => {
    const bytes = await component({ wat: wat(imports), hooks: ["on-request-body"], imports: imports ? ["body"] : [] });
    return (await compilePlugin(bytes, { binding })).bodies;
  };

  test("a module that imports no function which edits only reads", async () => {
    assert.deepEqual(await of("", "direct"), { request: "read", response: "none" });
    assert.deepEqual(await of(read, "direct"), { request: "read", response: "none" });
    assert.deepEqual(await of(replace, "direct"), { request: "edit", response: "none" });
  });

  test("through jco whoever imports the interface may edit", async () => {
    assert.deepEqual(await of("", "jco"), { request: "read", response: "none" });
    assert.deepEqual(await of(read, "jco"), { request: "edit", response: "none" });
  });

  test("a plugin without these hooks has none", async () => {
    const generation = await start((await guest("host3")).component, "direct");
    assert.equal(generation.onRequestBody, undefined);
    assert.deepEqual(generation.bodies, { request: "none", response: "none" });
  });
});

describe("a component of the contract's first version", () => {
  const first = (text: string): string => text.replaceAll("@0.2.0", "@0.1.0");
  const set = imported("request", "set-header", "(param i32 i32 i32 i32) (result i32)");
  const wat = first(`${set} (memory (export "memory") 1) (data (i32.const 8) "x\\00y\\00") ${BUMP}
    ${hook("on-request", "(call $set-header (i32.const 8) (i32.const 1) (i32.const 10) (i32.const 1))")}`);

  for (const binding of BINDINGS) {
    test(`runs as it did, ${binding} binding`, async () => {
      const contract = { ...(await readContract()), version: "0.1.0" };
      const bytes = await wrapFor({ ...contract, wit: first(contract.wit) }, wat);
      const plugin = await compilePlugin(bytes, { binding });
      assert.equal(plugin.contract, "0.1.0");
      const generation = await start(bytes, binding);
      const exchange = testExchange();
      assert.equal(generation.onRequest(exchange).kind, "next");
      assert.equal(exchange.request.fields.get("x"), "y");
    });
  }

  test("a module that mixes the versions is refused by name", async () => {
    const mixed = coreModule(wat.replace("request@0.1.0", "request@0.2.0"));
    await assert.rejects(
      compilePlugin(mixed),
      /expected imports from heddle:policy@0\.1\.0, got heddle:policy\/request@0\.2\.0/,
    );
  });
});

async function wrapFor(contract: { wit: string; version: string }, wat: string): Promise<Uint8Array> {
  const { wrapComponent } = await import("../../runtime/build/component.ts");
  return wrapComponent(coreModule(wat), ["on-request"], ["request"], contract);
}
