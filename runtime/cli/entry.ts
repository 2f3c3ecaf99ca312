import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Run as sources, each start would load the compiler that strips the types; what it made is kept beside the packages.
if (import.meta.filename.endsWith(".ts")) {
  enableCompileCache(join(import.meta.dirname, "..", "..", "node_modules", ".cache", "heddle"));
}

const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
