import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const biome = fileURLToPath(new URL("../node_modules/@biomejs/biome/bin/biome", import.meta.url));

/** A TypeScript file as Biome formats it in this repository. */
export function format(path: string, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(process.execPath, [biome, "format", `--stdin-file-path=${path}`], { cwd: root });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve(Buffer.concat(output).toString());
    else reject(new Error(`biome cannot format ${path} (exit code ${code})`));
  });
  child.stdin.end(text);
  return promise;
}
