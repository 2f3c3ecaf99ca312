import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HeddleError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import { FILES } from "./scaffold-files.ts";

export interface ScaffoldOptions {
  /** Name of the filter: lower-case words joined by hyphens. */
  readonly name: string;
  /** Where the folder is made. @default the working directory */
  readonly parent?: string;
}

export interface Scaffold {
  readonly folder: string;
  /** Names of the files that were written, in the order in which to read them. */
  readonly files: readonly string[];
}

/**
 * Writes a new filter with a configuration schema and a test that passes.
 *
 * @throws USAGE when the name is no plugin name or the folder exists
 */
export async function scaffold({ name, parent = process.cwd() }: ScaffoldOptions): Promise<Scaffold> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > 64) {
    throw new HeddleError(
      "USAGE",
      `expected a name of lower-case words joined by hyphens, got ${JSON.stringify(name)}`,
      {
        remedy: "Call it something like my-filter.",
      },
    );
  }
  const folder = join(parent, name);
  if (await exists(folder)) {
    throw new HeddleError("USAGE", "expected a new folder, but it exists", {
      where: folder,
      remedy: "Choose another name.",
    });
  }
  await mkdir(folder, { recursive: true });
  const files = FILES.map(([file, text]) => [fill(file, name), fill(text, name)] as const);
  for (const [file, text] of files) await writeFile(join(folder, file), text);
  return { folder, files: files.map(([file]) => file) };
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
