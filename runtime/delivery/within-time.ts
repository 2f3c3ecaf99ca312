import { createContext, Script } from "node:vm";

const script = new Script("task()");

/**
 * Runs a task that foreign data could keep busy, such as a pattern that backtracks, and ends it after so many milliseconds.
 * Undefined: it was ended. What the task throws comes through.
 */
export function withinTime<Result>(milliseconds: number, task: () => Result): { readonly result: Result } | undefined {
  try {
    return { result: script.runInContext(createContext({ task }), { timeout: milliseconds }) as Result };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw thrown;
  }
}
