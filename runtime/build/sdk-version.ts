import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

const manifest = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };

/** The version of `heddle/sdk`: that of this package. */
export const sdkVersion = manifest.version;
