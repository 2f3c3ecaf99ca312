const INDEX = `import { Action, attributes, config, request, respond } from "heddle/sdk";

let header = "x-api-key";

/** Called once for each configuration: null, or why it is refused. */
export function configure(): string | null {
  header = config.string("header", header);
  return header.length === 0 ? "header must not be empty" : null;
}

/** Called for each request before it goes to the backend. */
export function onRequest(): Action {
  const key = request.header(header);
  if (key === null) {
    return respond(401).header("www-authenticate", "ApiKey").detail("key_missing").json(\`{"error":"missing api key"}\`);
  }
  attributes.set("auth.subject", key.substring(0, 8));
  return Action.Next;
}
`;

const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { mountFilter } from "heddle/test";

test("lets a request with a key through and says whose it is", async () => {
  const filter = await mountFilter(import.meta.dirname);
  const result = filter.request({ path: "/orders", headers: { "x-api-key": "alice-0123456789" } });
  assert.equal(result.verdict, "next");
  assert.equal(result.attributes["auth.subject"], "alice-01");
});

test("answers 401 without a key", async () => {
  const filter = await mountFilter(import.meta.dirname, { config: { header: "x-key" } });
  const result = filter.request({ headers: { "x-api-key": "alice" } });
  assert.equal(result.status, 401);
  assert.equal(result.headers["www-authenticate"], "ApiKey");
  assert.deepEqual(result.json(), { error: "missing api key" });
});

test("refuses an empty header name", async () => {
  await assert.rejects(mountFilter(import.meta.dirname, { config: { header: "" } }), { code: "CONFIG_INVALID" });
});
`;

const CASES = `# Exchanges and what the filter makes of them; docs/testing.md of Heddle has every field.
cases:
  - name: a key passes
    request: { path: /orders, headers: { x-api-key: alice-0123456789 } }
    expect:
      verdict: next
      attributes: { auth.subject: alice-01 }

  - name: no key is refused, and told why
    request: { path: /orders }
    expect:
      status: 401
      headers: { www-authenticate: ApiKey, content-type: { matches: json } }
      json: { error: missing api key }
      detail: key_missing

  - name: the header has another name
    config: { header: x-key }
    request: { headers: { x-key: alice } }
    expect: { verdict: next }
`;

const SCHEMA = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "header": {
      "type": "string",
      "minLength": 1,
      "default": "x-api-key",
      "description": "The request header that carries the key."
    }
  }
}
`;

const PLUGIN = `{
  "name": "{{name}}",
  "version": "1.0.0",
  "description": "Refuses requests without a key.",
  "license": "Apache-2.0",
  "author": "",
  "memory": "gc"
}
`;

const README = `# {{name}}

Refuses requests without a key, and tells later filters whose request it is (\`auth.subject\`).

| configuration | default | meaning |
|---|---|---|
| \`header\` | \`x-api-key\` | the request header that carries the key |

\`\`\`sh
npm install          # once
npx heddle test      # runs {{name}}.cases.yaml and {{name}}.test.ts against the real host
npx heddle dev       # serves it on http://127.0.0.1:8080 and swaps it as it changes
npx heddle bench     # what its cases cost: time, fuel, memory
npx heddle build     # writes the component to dist/
npx heddle push HOST/NAMESPACE/{{name}}:1.0.0 --key heddle.key
\`\`\`
`;

const PACKAGE = `{
  "name": "{{name}}",
  "version": "1.0.0",
  "private": true,
  "type": "module",
  "scripts": {
    "test": "heddle test",
    "dev": "heddle dev",
    "build": "heddle build"
  },
  "devDependencies": {
    "heddle": "^{{version}}"
  }
}
`;

/** For editors only: `heddle build` needs no configuration. AssemblyScript's types make `i32` and its kin known. */
const TSCONFIG = `{
  "extends": "assemblyscript/std/assembly.json",
  "compilerOptions": {
    "experimentalDecorators": true
  },
  "include": ["./*.ts"],
  "exclude": ["./*.test.ts", "node_modules"]
}
`;

const IGNORE = `node_modules/
dist/
coverage/
*.key
`;

/** Names and texts of the files of a new filter, in reading order; {{name}} and {{version}} stand for the filter's and our own. */
export const FILES: readonly (readonly [name: string, text: string])[] = [
  ["index.ts", INDEX],
  ["{{name}}.cases.yaml", CASES],
  ["{{name}}.test.ts", TEST],
  ["config.schema.json", SCHEMA],
  ["plugin.json", PLUGIN],
  ["README.md", README],
  ["package.json", PACKAGE],
  ["tsconfig.json", TSCONFIG],
  [".gitignore", IGNORE],
];
