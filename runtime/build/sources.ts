import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { packageRoot } from "../package.ts";

/**
 * The source files that the compiler sees, under names that are the same on every machine: the filter's own files
 * by their path in its folder, `heddle/sdk` as a package whatever folder it really lies in, and other packages from the
 * `node_modules` folders above the filter. A filter cannot import files outside its folder.
 */
export interface Sources {
  /** The text of a file that the compiler asks for, or null when there is none: as it was when first asked for. */
  read(name: string): string | null;
  /** Every file that was asked for so far and its text; generated ones aside. */
  found(): ReadonlyMap<string, string | null>;
  /** Adds a generated file. */
  provide(name: string, text: string): void;
}

const PACKAGE = /^(?:\.\.\/)*node_modules\/(.+)$/;
const SDK = /^heddle\/(sdk(?:\/.+|\.ts))$/;

export function createSources(folder: string): Sources {
  const provided = new Map<string, string>();
  const found = new Map<string, string | null>();

  function locate(name: string): string | null {
    const path = normalize(name).replaceAll("\\", "/");
    const inPackage = PACKAGE.exec(path)?.[1];
    if (inPackage === undefined) return path.startsWith("..") ? null : readText(join(folder, path));
    const inSdk = SDK.exec(inPackage)?.[1];
    return inSdk === undefined ? readPackage(folder, inPackage) : readText(join(packageRoot, inSdk));
  }

  return {
    read(name) {
      const text = provided.get(name) ?? found.get(name);
      if (text !== undefined) return text;
      const located = locate(name);
      found.set(name, located);
      return located;
    },
    found: () => found,
    provide: (name, text) => void provided.set(name, text),
  };
}

function readPackage(folder: string, path: string): string | null {
  const text = readText(join(folder, "node_modules", path));
  const parent = dirname(folder);
  return text !== null || parent === folder ? text : readPackage(parent, path);
}

/** The same bytes on every machine: a checkout may have turned line ends into CR LF. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  } catch {
    return null;
  }
}
