import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { UNSUPPORTED } from "../../runtime/build/proxy-wasm/unsupported.ts";
import { packageRoot } from "../../runtime/package.ts";

const folder = join(packageRoot, "sdk");
const host = readFileSync(join(folder, "host.ts"), "utf8");
const textOf = (name: string) => readFileSync(join(folder, name), "utf8");
const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const proxyWasm = names.filter((name) => name.startsWith("proxy-wasm"));
const contract = textOf("contract.ts");
const own = names.filter((name) => name !== "host.ts" && !proxyWasm.includes(name)).map(textOf);

/** The SDK's enums and those of the generated host bindings that they stand for. */
const MIRRORS: Record<string, string[]> = {
  BodyEdit: ["BodyEdit"],
  Edit: ["RequestEdit", "ResponseEdit"],
  HttpError: ["HttpClientFailure"],
  Stored: ["AttributesStored", "TraceStored"],
  HashAlgorithm: ["CryptoHash"],
  Verification: ["CryptoVerification"],
  Written: ["StoreWritten"],
};

function members(text: string, name: string): string[] {
  const body = new RegExp(`export (?:const )?enum ${name} \\{([^}]*)\\}`).exec(text)?.[1];
  assert.ok(body !== undefined, `no enum ${name}`);
  return [...body.matchAll(/^ {2}(\w+)/gm)].map(([, member = ""]) => member);
}

describe("the SDK and the contract", () => {
  for (const [name, generated] of Object.entries(MIRRORS)) {
    test(`${name} has the contract's cases in the contract's order`, () => {
      const text = own.find((file) => file.includes(`export enum ${name} `)) ?? "";
      for (const one of generated) assert.deepEqual(members(text, name), members(contract, one));
      const numbers = [...text.matchAll(/^ {2}\w+ = (\d+),$/gm)].map(([, number]) => Number(number));
      assert.deepEqual(numbers, [...numbers.keys()]);
    });
  }

  test("every function of the contract is within a filter's reach", () => {
    const functions = [...host.matchAll(/^export function (\w+)/gm)].map(([, name = ""]) => name);
    assert.ok(functions.length > 50);
    const unused = functions.filter((name) => !own.some((text) => text.includes(`host.${name}(`)));
    assert.deepEqual(unused, []);
  });

  test("imports nothing from outside its folder, and declares no host function of its own", () => {
    for (const text of own) {
      for (const [, path = ""] of text.matchAll(/from "([^"]+)"/g))
        assert.match(path, /^(\.\/|\.\.\/host$|heddle\/sdk$)/);
      assert.doesNotMatch(text, /^@external/m);
    }
  });
});

/** Functions with the types of their parameters and result, by name. */
function signatures(text: string): Map<string, string> {
  const found = [...text.matchAll(/^export function (\w+)\(([^)]*)\): ([\w[\] |]+) \{/gm)];
  return new Map(
    found.map(([, name = "", params = "", result = ""]) => {
      const types = [...params.matchAll(/: ([\w[\] |]+)/g)].map(([, type = ""]) => type);
      return [name, `(${types.join(", ")}) => ${result}`];
    }),
  );
}

describe("the SDK over proxy-wasm", () => {
  const stated = signatures(host);
  const texts = new Map(proxyWasm.map((name) => [name.replace(/^proxy-wasm[\\/]/, ""), textOf(name)]));
  const exported = [...(texts.get("host.ts") ?? "").matchAll(/^export \* from "\.\/([\w-]+)";$/gm)];
  const offered = signatures(exported.map(([, stem]) => texts.get(`${stem}.ts`) ?? "").join("\n"));

  test("has the functions of the contract with their types", () => {
    assert.ok(stated.size > 50);
    for (const [name, signature] of stated) if (offered.has(name)) assert.equal(offered.get(name), signature, name);
  });

  test("lacks only what belongs to parts of the SDK that a build refuses", () => {
    for (const name of [...stated.keys()].filter((one) => !offered.has(one))) {
      const users = own.filter((text) => text.includes(`host.${name}(`));
      const parts = users.flatMap((text) =>
        [...text.matchAll(/^export (?:namespace|class) (\w+)/gm)].map(([, part = ""]) => part),
      );
      assert.ok(parts.length > 0 && parts.every((part) => part in UNSUPPORTED), `${name} of ${parts}`);
    }
  });

  test("declares the host's functions in one place, and imports nothing from outside sdk/", () => {
    for (const [name, text] of texts) {
      assert.equal(/^@external/m.test(text), name === "hostcalls.ts", name);
      for (const [, path = ""] of text.matchAll(/from "([^"]+)"/g)) assert.match(path, /^\.\.?\/[\w-]+(\/[\w-]+)?$/);
    }
  });
});
