/** `npm run build`: compiles what the published package runs to dist/, since Node strips no types under node_modules. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compileTokenizer } from "../runtime/http/h1/head/compile-tokenizer.ts";
import { writeTokenizer } from "../runtime/http/h1/head/tokenizer-file.ts";

const root = join(import.meta.dirname, "..");
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

// What an earlier build left would be published too.
rmSync(join(root, "dist"), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;

writeTokenizer(await compileTokenizer());
const tokenizer = join("runtime", "http", "h1", "head", "tokenizer.wasm");
if (status === 0) cpSync(join(root, tokenizer), join(root, "dist", tokenizer));
