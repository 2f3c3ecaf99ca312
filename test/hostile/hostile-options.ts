import { parseArgs } from "node:util";

interface HostileOptions {
  readonly quick: boolean;
  /** Only cases with such a name. */
  readonly only: RegExp | undefined;
}

/** What `npm run hostile` was called with, or in a sentence why it cannot be done. */
export function hostileOptions(args: readonly string[]): HostileOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { quick: { type: "boolean" }, only: { type: "string" } },
    });
    return { quick: values.quick ?? false, only: values.only === undefined ? undefined : new RegExp(values.only) };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; npm run hostile -- [--quick] [--only EXPRESSION]`;
  }
}
