import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packageRoot } from "../../runtime/package.ts";

const folder = join(packageRoot, "sdk");
const host = readFileSync(join(folder, "host.ts"), "utf8");
const own = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && name !== "host.ts")
  .map((name) => readFileSync(join(folder, name), "utf8"));

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
      for (const one of generated) assert.deepEqual(members(text, name), members(host, one));
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
