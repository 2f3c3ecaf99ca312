const INDEX = `import { Action, attributes, config, request, respond } from "heddle/sdk";

let tenants: string[] = [];

/** Called once for each configuration: null, or why it is refused. */
export function configure(): string | null {
  tenants = config.strings("tenants");
  return tenants.length == 0 ? "tenants: name at least one" : null;
}

/** Called for each request before it goes to the backend. */
export function onRequest(): Action {
  const tenant = request.header("x-tenant");
  if (tenant === null) return respond(401).json('{"error":"which tenant?"}');
  if (!tenants.includes(tenant)) return respond(403).json('{"error":"unknown tenant"}');
  attributes.set("tenant", tenant);
  return Action.Next;
}
`;

const TEST = `// What index.ts does with requests, where cases do not reach: change both together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mountFilter } from "heddle/test";

test("whoever is not a tenant is refused", async () => {
  const filter = await mountFilter(import.meta.dirname, { config: { tenants: ["acme"] } });
  for (const tenant of ["evil", "ACME", "acme2", ""]) {
    assert.equal(filter.request({ headers: { "x-tenant": tenant } }).status, 403);
  }
  assert.equal(filter.request().status, 401);
});
`;

const CASES = `# What index.ts does with requests: change both together. docs/testing.md of Heddle has every field.
config: { tenants: [acme, globex] }
cases:
  - name: a known tenant passes
    request: { path: /orders, headers: { x-tenant: acme } }
    expect:
      verdict: next
      attributes: { tenant: acme }

  - name: no tenant is asked which
    request: { path: /orders }
    expect:
      status: 401
      headers: { content-type: { matches: json } }
      json: { error: "which tenant?" }

  - name: an unknown tenant is refused
    request: { headers: { x-tenant: evil } }
    expect: { status: 403, json: { error: unknown tenant } }

  - name: a configuration without tenants is refused
    config: { tenants: [] }
    refused: fewer than 1 items
`;

const SCHEMA = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["tenants"],
  "additionalProperties": false,
  "properties": {
    "tenants": {
      "type": "array",
      "items": { "type": "string" },
      "minItems": 1,
      "description": "The tenants whose requests pass."
    }
  }
}
`;

const PLUGIN = `{
  "name": "{{name}}",
  "version": "1.0.0",
  "description": "Lets requests of known tenants pass.",
  "license": "Apache-2.0",
  "author": "",
  "memory": "gc"
}
`;

const README = `# {{name}}

Lets requests of known tenants pass (header \`x-tenant\`), and tells later filters whose they are (attribute \`tenant\`).

| configuration | meaning |
|---|---|
| \`tenants\` | the tenants whose requests pass; at least one |

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
