import { type FSWatcher, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../artifact/digest.ts";
import { HeddleError, messageOf } from "../errors.ts";

export interface WatchFolderOptions {
  /** Absolute. */
  readonly folder: string;
  /** Whether a path within the folder counts. */
  readonly counts: (path: string) => boolean;
  /** Paths within the folder that are not watched, with all that is in them. */
  readonly ignore: RegExp;
  /** Told of the absolute paths that changed together: their contents, as far as these were seen before, are others now. */
  readonly onChange: (paths: readonly string[]) => void;
}

export interface FolderWatch {
  close(): void;
}

/** Milliseconds in which changes count as one: an editor writes a file in several steps. */
const TOGETHER = 5;

/** Watches the files of a filter. @throws USAGE when the system cannot watch the folder */
export function watchFolder({ folder, counts, ignore, onChange }: WatchFolderOptions): FolderWatch {
  const changed = new Set<string>();
  const seen = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    // The events of one write may come far apart.
    const paths = [...changed].filter((path) => {
      const content = digestOf(path);
      const isNew = seen.get(path) !== content;
      seen.set(path, content);
      return isNew;
    });
    changed.clear();
    if (paths.length > 0) onChange(paths);
  };
  const watcher = start(folder, ignore, (name) => {
    if (!counts(name)) return;
    changed.add(join(folder, name));
    timer ??= setTimeout(flush, TOGETHER);
  });
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

/** Empty of a file that is not there. */
function digestOf(path: string): string {
  try {
    return sha256(readFileSync(path));
  } catch {
    return "";
  }
}

function start(folder: string, ignore: RegExp, onName: (name: string) => void): FSWatcher {
  try {
    return watch(folder, { recursive: true, ignore }, (_, name) => {
      if (name !== null) onName(name);
    });
  } catch (cause) {
    const problem = `expected a folder that can be watched, but ${messageOf(cause)}`;
    throw new HeddleError("USAGE", problem, { where: folder, cause });
  }
}
