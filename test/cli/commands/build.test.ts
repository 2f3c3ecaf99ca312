import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../runtime/cli/main.ts";
import { filterFolder, NEXT } from "../../build/filter-folder.ts";

async function build(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  const [out, said]: [string[], string[]] = [[], []];
  const code = await main(["build", ...args], {
    print: (line) => void out.push(line),
    json: (value) => void out.push(JSON.stringify(value)),
    say: (line) => void said.push(line),
    paint: (_, text) => text,
    interactive: false,
  });
  return { code, out: out.join("\n"), said: said.join("\n") };
}

test("heddle build says what it made, for the target that was asked for", async (t) => {
  const folder = filterFolder(t, { "index.ts": NEXT });
  const component = await build(folder);
  assert.equal(component.code, 0, component.said);
  assert.match(component.out, /^component +\S*dist\/sample\.wasm \([\d,]+ bytes\)$/m);
  const module = await build(folder, "--target", "proxy-wasm");
  assert.match(module.out, /^module +\S*dist\/sample\.proxy-wasm\.wasm \([\d,]+ bytes\)$/m);
  assert.match(module.out, /proxy-wasm ABI 0\.2\.1/);
  const json = await build(folder, "-t", "proxy-wasm", "--json");
  assert.equal((JSON.parse(json.out) as { target: string }).target, "proxy-wasm");
});

test("heddle build refuses a target that there is not", async (t) => {
  const { code } = await build(filterFolder(t, { "index.ts": NEXT }), "--target", "wasi");
  assert.equal(code, 2);
});
