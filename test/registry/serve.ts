/** Serves a registry until it is killed: `node serve.ts DIR TOKENS-JSON`. Prints its URL. */

import { createRegistry } from "../../runtime/registry/registry.ts";

const [dir = "", tokens = "[]"] = process.argv.slice(2);
const registry = await createRegistry({ dir, tokens: JSON.parse(tokens) });
const { url } = await registry.listen();
process.stdout.write(`${url}\n`);
