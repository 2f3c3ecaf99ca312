import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { logged, type Step, scripted, TEXT } from "./script.ts";

async function call(...steps: readonly Step[]): Promise<string[]> {
  const { generation, services } = await startFilter(scripted({ proxy_on_request_headers: { steps } }));
  generation.onRequest(testExchange());
  return services.lines.map(({ message }) => message.replace("request_headers call_foreign_function ", ""));
}

const foreign = (name: string, argument: string): Step => ["proxy_call_foreign_function", name, argument, TEXT];
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** A field of text or bytes of a message of protobuf. */
function field(number: number, value: string | Uint8Array): string {
  const bytes = Buffer.from(value);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return latin1(Buffer.from([number * 8 + 2, ...length, ...bytes]));
}

describe("foreign functions", () => {
  test("compress and uncompress are zlib's", async () => {
    const text = "a".repeat(1000);
    assert.deepEqual(await call(foreign("uncompress", latin1(deflateSync(text)))), [`0 [${text}]`]);
    const [line] = await call(foreign("compress", text));
    assert.equal(line, `0 [${logged(deflateSync(text))}]`);
  });

  test("what is no zlib stream, or grows beyond 4 MiB, is refused", async () => {
    const bomb = latin1(deflateSync(Buffer.alloc(5 << 20)));
    assert.deepEqual(await call(foreign("uncompress", "abc"), foreign("uncompress", bomb)), ["3 []", "3 []"]);
  });

  test("an unknown one is not found; one whose result nobody wants is called all the same", async () => {
    const names = ["nothing", "constructor", "sign", "expr_create", "expr_evaluate", "expr_delete", "resolve_lua"];
    for (const name of names) {
      const said = `there is no foreign function ${name}`;
      assert.deepEqual(await call(foreign(name, ""), foreign(name, "")), [said, "1 []", "1 []"]);
    }
    assert.deepEqual(await call(["proxy_call_foreign_function", "clear_route_cache", "", 0, 0]), ["0"]);
  });

  const keys: readonly (readonly [string, { publicKey: KeyObject; privateKey: KeyObject }])[] = [
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["P-256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ];
  for (const [name, { publicKey, privateKey }] of keys) {
    test(`verify_signature with ${name}`, async () => {
      const signature = sign("sha256", Buffer.from("text"), privateKey);
      const der = field(2, publicKey.export({ type: "spki", format: "der" }));
      const pem = field(5, publicKey.export({ type: "spki", format: "pem" }));
      const rest = (text: string) => field(3, signature) + field(4, text);
      const hash = field(1, "sha256");
      assert.deepEqual(
        await call(
          foreign("verify_signature", hash + der + rest("text")),
          foreign("verify_signature", hash + pem + rest("text")),
          foreign("verify_signature", hash + der + rest("other")),
          foreign("verify_signature", hash + rest("text")),
          foreign("verify_signature", hash + der + pem + rest("text")),
          foreign("verify_signature", field(1, "md5") + der + rest("text")),
          foreign("verify_signature", "\x0a\xff"),
        ),
        [
          "0 [\\u{8}\\u{1}]",
          "0 [\\u{8}\\u{1}]",
          "0 [\\u{12}#Failed to verify digital signature.]",
          "2 []",
          "2 []",
          "0 [\\u{12}\\u{15}md5 is not supported.]",
          "2 []",
        ],
      );
    });
  }

  test("set_envoy_filter_state sets a property", async () => {
    const state = foreign("set_envoy_filter_state", field(1, "a") + field(2, "b"));
    assert.deepEqual(await call(state, ["proxy_get_property", "a", TEXT]), [
      "0 []",
      "request_headers get_property 0 [b]",
    ]);
  });

  for (const abi of ["0_1_0", "0_2_0", "0_2_1"]) {
    test(`gRPC calls are refused, and the log says so once, in ABI ${abi}`, async () => {
      const token = 64;
      const stream: Step = ["proxy_grpc_stream", "a", "b", "c", "", token];
      const steps: Step[] = [
        ["proxy_grpc_call", "a", "b", "c", "", "", 1000, token],
        ...[stream, stream],
        ["proxy_grpc_send", 9, "", 1],
        ["proxy_grpc_cancel", 9],
        ["proxy_grpc_close", 9],
      ];
      const { generation, services } = await startFilter(scripted({ proxy_on_request_headers: { steps } }, { abi }));
      generation.onRequest(testExchange());
      assert.deepEqual(
        services.lines.map(({ message }) => message),
        [
          "proxy_grpc_call: this proxy makes no gRPC calls for filters",
          "request_headers grpc_call 10",
          "proxy_grpc_stream: this proxy makes no gRPC calls for filters",
          "request_headers grpc_stream 10",
          "request_headers grpc_stream 10",
          "request_headers grpc_send 1",
          "request_headers grpc_cancel 1",
          "request_headers grpc_close 1",
        ],
      );
    });
  }
});
