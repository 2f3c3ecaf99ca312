import { access, mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { HeddleError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import { FILES } from "./scaffold-files.ts";

export interface ScaffoldOptions {
  /** The folder to make; its last part is the filter's name. */
  readonly folder: string;
}

export interface Scaffold {
  readonly name: string;
  /** Names of the files that were written, in the order in which to read them. */
  readonly files: readonly string[];
}

/**
 * Writes a new filter with a configuration schema and a test that passes.
 *
 * @throws USAGE when the folder's name is no plugin name, or it exists
 */
export async function scaffoldFilter({ folder }: ScaffoldOptions): Promise<Scaffold> {
  const name = basename(resolve(folder));
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > 64) {
    const problem = `expected a name of lower-case words joined by hyphens, got ${JSON.stringify(name)}`;
    throw new HeddleError("USAGE", problem, { where: folder, remedy: "Call it something like my-filter." });
  }
  if (await exists(folder)) {
    const remedy = "Choose another name, or remove the folder.";
    throw new HeddleError("USAGE", "expected a new folder, but it exists", { where: folder, remedy });
  }
  await mkdir(folder, { recursive: true });
  const files = FILES.map(([file, text]) => [fill(file, name), fill(text, name)] as const);
  for (const [file, text] of files) await writeFile(join(folder, file), text);
  return { name, files: files.map(([file]) => file) };
}

function fill(text: string, name: string): string {
  return text.replaceAll("{{name}}", name).replaceAll("{{version}}", packageVersion);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
