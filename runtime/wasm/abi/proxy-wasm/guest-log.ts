import { printableLine } from "../../host/printable-line.ts";
import type { LogLevel } from "../../services.ts";
import type { GuestVm } from "./guest-vm.ts";

/** `proxy_log_level_t` by number; `critical` is an error of the proxy's log. */
export const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "error"];
const INFO = LEVELS.indexOf("info");
const ERROR = LEVELS.indexOf("error");
/** Units of fuel that a line costs. */
const LINE = 1_000;
const MAX_LINE = 4096;
/** What Go and Rust say before they print their stacks; TinyGo does so on standard output. */
const LAST_WORDS = /^(?:panic|fatal error):|panicked at /;

/** What the proxy's log takes at least, by number. */
export function logLevelOf({ host: { services } }: GuestVm): number {
  return LEVELS.indexOf(services.logLevel ?? "info");
}

/** A line under the plugin's name, within its share. A line that nobody will see is not even decoded. */
export function writeLog(vm: GuestVm, level: number, text: () => string): void {
  if (level < logLevelOf(vm)) return;
  const { plugin, services } = vm.host;
  vm.tank.owe(LINE);
  const message = printableLine(text(), MAX_LINE);
  if (level >= ERROR && !LAST_WORDS.test(vm.lastError)) vm.lastError = message;
  if (vm.quiet) return;
  const room = vm.budget.log(message.length);
  if (room === "fits") services.log({ plugin, level: LEVELS[level] ?? "error", message });
  if (room === "last") services.log({ plugin, level: "warn", message: "this exchange's share of the log is used up" });
}

/** What a guest prints on its standard output and error; every line that has ended is one of the log. */
export function print(vm: GuestVm, stream: 1 | 2, text: string): void {
  const lines = (vm.printed[stream] + text).split("\n");
  const rest = lines.pop() ?? "";
  const cut = rest.length > MAX_LINE;
  vm.printed[stream] = cut ? "" : rest;
  for (const line of cut ? [...lines, rest] : lines)
    if (line !== "") writeLog(vm, stream === 2 || LAST_WORDS.test(line) ? ERROR : INFO, () => line);
}

/** Lines that a callback did not end, for the log when it has returned. */
export function flushPrinted(vm: GuestVm): void {
  for (const stream of [1, 2] as const) if (vm.printed[stream] !== "") print(vm, stream, "\n");
}
