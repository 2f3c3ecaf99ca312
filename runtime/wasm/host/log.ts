import type { LogCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";
import { isWritten } from "./log-level.ts";
import { printableLine } from "./printable-line.ts";

const MAX_LINE = 4096;
const MAX_PLACE = 256;

export function logCapability(context: HookContext): LogCapability {
  const { plugin, services } = context;
  return {
    write(level, message) {
      if (services.logLevel !== undefined && !isWritten(level, services.logLevel)) return;
      const line = printableLine(message, MAX_LINE);
      const room = context.budget.log(line.length);
      if (room === "fits") services.log({ plugin, level, message: line });
      if (room === "last")
        services.log({ plugin, level: "warn", message: "this exchange's share of the log is used up" });
    },
    fault(message, file, line, column) {
      context.fault = { message: printableLine(message, MAX_LINE), file: printableLine(file, MAX_PLACE), line, column };
    },
  };
}
