import { type FSWatcher, watch } from "node:fs";
import { messageOf } from "../errors.ts";
import { folderSignature, readFolder } from "./folder.ts";
import type { Rejection } from "./last-good.ts";
import { type LoadedConfig, loadFiles, loadFolder } from "./load.ts";
import type { Snapshot } from "./snapshot.ts";

/** Timers, so that tests need not wait. The system's own by default. */
export interface WatchTimers {
  /** Runs once after so many milliseconds. The result cancels. */
  after(milliseconds: number, run: () => void): () => void;
}

export interface WatchOptions {
  /** A folder of YAML and JSON files, or one such file. */
  readonly folder: string;
  /** Called for every snapshot after the first, which is `current()` at once. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Called with everything that is refused now, whenever that has changed; with an empty list once all is well again. */
  readonly onRejected?: (rejected: readonly Rejection[]) => void;
  /** Milliseconds of quiet after a change before files are read. */
  readonly debounce?: number;
  /** Milliseconds between looks at the folder, for file systems that report nothing. */
  readonly poll?: number;
  readonly timers?: WatchTimers;
}

export interface ConfigWatch {
  current(): Snapshot;
  rejected(): readonly Rejection[];
  /** Reads now, without waiting for an event. */
  refresh(): Promise<void>;
  close(): void;
}

/** How often new events may put off a read: a file that never rests is read all the same. */
const MOST_POSTPONED = 20;

const systemTimers: WatchTimers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Loads a configuration and follows its files: writes, renames, symbolic links, permissions. Contents are compared, so a
 * touched file changes nothing. While the folder cannot be read, what was last good applies. Generations only grow.
 * Throws when the first load cannot read the folder.
 */
export async function watchConfig(options: WatchOptions): Promise<ConfigWatch> {
  const { folder, debounce = 100, poll = 1000, timers = systemTimers } = options;
  const follower = createFollower(options, await loadFolder({ folder }));
  await follower.start();
  let cancelRead = () => {};
  let cancelPoll = () => {};
  let closed = false;

  let postponed = 0;
  const read = () => {
    postponed = 0;
    void follower.read();
  };
  const schedule = () => {
    if (closed || ++postponed > MOST_POSTPONED) return;
    cancelRead();
    cancelRead = timers.after(debounce, read);
  };
  const look = async () => {
    if (await follower.looksChanged()) schedule();
    if (!closed) cancelPoll = timers.after(poll, () => void look());
  };
  const watcher = tryWatch(folder, schedule);
  cancelPoll = timers.after(poll, () => void look());

  return {
    current: follower.current,
    rejected: follower.rejected,
    refresh: follower.read,
    close() {
      closed = true;
      cancelRead();
      cancelPoll();
      watcher?.close();
      follower.stop();
    },
  };
}

/** Events only hasten what polling would find as well, so a file system without them is no error. */
function tryWatch(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    return watcher.on("error", onEvent);
  } catch {
    return undefined;
  }
}

interface Follower {
  start(): Promise<void>;
  /** Reads everything; reads asked for meanwhile happen once, afterwards. */
  read(): Promise<void>;
  looksChanged(): Promise<boolean>;
  current(): Snapshot;
  rejected(): readonly Rejection[];
  stop(): void;
}

function createFollower({ folder, onSnapshot, onRejected }: WatchOptions, first: LoadedConfig): Follower {
  let loaded = first;
  let rejected = first.rejected;
  let signature = "";
  let stopped = false;
  let reading = Promise.resolve();

  async function readOnce(): Promise<void> {
    const before = await signatureOf(folder, loaded);
    const next = await loadNext(folder, loaded);
    if (stopped) return;
    signature = before;
    const refusedNow = "unreadable" in next ? [next.unreadable] : next.rejected;
    if (!("unreadable" in next) && fingerprint(next) !== fingerprint(loaded)) {
      loaded = next;
      onSnapshot(next.snapshot);
    }
    if (JSON.stringify(refusedNow) !== JSON.stringify(rejected)) {
      rejected = refusedNow;
      onRejected?.(refusedNow);
    }
  }

  return {
    async start() {
      signature = await signatureOf(folder, loaded);
    },
    read() {
      reading = reading.then(readOnce, readOnce);
      return reading;
    },
    looksChanged: async () => (await signatureOf(folder, loaded)) !== signature,
    current: () => loaded.snapshot,
    rejected: () => rejected,
    stop() {
      stopped = true;
    },
  };
}

async function signatureOf(folder: string, loaded: LoadedConfig): Promise<string> {
  return folderSignature(folder, loaded.beside).catch(messageOf);
}

async function loadNext(folder: string, loaded: LoadedConfig): Promise<LoadedConfig | { unreadable: Rejection }> {
  try {
    return loadFiles(await readFolder(folder), loaded);
  } catch (error) {
    const problems = [messageOf(error)];
    return { unreadable: { file: folder, line: 1, document: undefined, code: "CONFIG_SYNTAX", problems, kept: true } };
  }
}

/** What a snapshot is made of: equal fingerprints mean that nothing has changed for the proxy. */
function fingerprint({ documents, rejected }: LoadedConfig): string {
  const bodies = documents.map(({ id, folder, body, files }) => [id, folder, body, [...files]]);
  const lost = rejected.filter(({ kept }) => !kept).map(({ document, problems }) => [document, problems]);
  return JSON.stringify([bodies, lost]);
}
