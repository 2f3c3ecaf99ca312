/** How often the process looks whether it idles, in milliseconds, and how many times in a row it must. */
const INTERVAL = 1_000;
const QUIET = 3;
/** The share of one CPU that an idling process uses. */
const IDLE = 0.1;

/**
 * Gives back to the system what the allocator holds free, in all threads: compilers and starts leave tens of megabytes there,
 * in arenas that never shrink by themselves. Takes some milliseconds.
 *
 * @returns false where the C library has no malloc_trim(3), or Node no node:ffi
 */
export function trimMalloc(): boolean {
  try {
    const ffi = quietly(() => process.getBuiltinModule("node:ffi"));
    using library = ffi.dlopen(null, { malloc_trim: { arguments: ["u64"], return: "i32" } });
    library.functions.malloc_trim(0n);
    return true;
  } catch {
    return false;
  }
}

/** Node says once on standard error, which is the event log, that the module is experimental. */
function quietly<Result>(load: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Trims each time that the process has idled for some seconds, once its threads have settled their heaps. */
export function trimWhenIdle(): void {
  let since = process.cpuUsage();
  let quiet = 0;
  const look = (): void => {
    const { user, system } = process.cpuUsage(since);
    since = process.cpuUsage();
    quiet = (user + system) / 1_000 < IDLE * INTERVAL ? quiet + 1 : 0;
    if (quiet === QUIET) trimMalloc();
  };
  setInterval(look, INTERVAL).unref();
}
