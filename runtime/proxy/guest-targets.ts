import type { TargetReader } from "../wasm/target-reader.ts";
import { parseAuthority } from "./route/host.ts";
import { canonicalPath } from "./route/path.ts";

/** What filters ask backends for is read as what clients ask for: one canonical form, and nothing that is ambiguous. */
export const guestTargets: TargetReader = {
  path(target) {
    const read = target.startsWith("/") ? canonicalPath(target) : undefined;
    return read?.ok ? { path: read.path, query: read.query } : undefined;
  },
  authority: (text) => parseAuthority(text)?.text,
};
