import { HeddleError } from "../../../errors.ts";
import { engine, type WasmMemory } from "../../engine.ts";
import { printableLine } from "../../host/printable-line.ts";
import type { ExplainTrap } from "../../trap.ts";
import type { ProxyWasmCode } from "./code.ts";
import type { FilterHost } from "./filter-host.ts";
import { GuestExit } from "./guest-exit.ts";
import { type Callback, GuestVm } from "./guest-vm.ts";
import { createImports } from "./imports/imports.ts";

const MAX_REASON = 1000;

/**
 * Instantiates a module and takes it through its start: start section, `_initialize` and `main` or else `_start`, then the
 * root context, `proxy_on_vm_start` and `proxy_on_configure`.
 *
 * @param quiet whether its lines of log are left out
 * @throws START_FAILED, CONFIG_REFUSED
 */
export function startVm(code: ProxyWasmCode, host: FilterHost, explain: ExplainTrap, quiet: boolean): GuestVm {
  const vm = new GuestVm(host, code.abi);
  vm.quiet = quiet;
  const began = host.fuelUsed;
  try {
    instantiate(vm, code, began);
    configure(vm, began);
  } catch (thrown) {
    vm.life.end();
    if (thrown instanceof HeddleError) throw thrown;
    const { detail } = explain(thrown, undefined, vm.exhausted);
    throw refusal(vm, "START_FAILED", `the plugin failed while it was being started: ${withLastWords(detail, vm)}`);
  }
  host.start.passed(host.fuelUsed - began);
  vm.quiet = false;
  vm.firstSize = vm.memory.size;
  return vm;
}

/** All steps of a start share one budget. */
function allowRest(vm: GuestVm, began: number): void {
  const { start, fuelUsed } = vm.host;
  vm.allow(Math.max(1, start.units - (fuelUsed - began)));
}

function instantiate(vm: GuestVm, { module }: ProxyWasmCode, began: number): void {
  const { exports } = vm.starting(() => new engine.Instance(module, createImports(vm)));
  const callbacks = Object.assign(Object.create(null), exports) as Record<string, Callback | undefined>;
  vm.exports = callbacks;
  vm.attach(exports.memory as WasmMemory | undefined, callbacks.malloc ?? callbacks.proxy_on_memory_allocate);
  vm.host.services.observe?.({
    get memory() {
      return (exports.memory as WasmMemory | undefined)?.buffer;
    },
  });
  vm.tank.attach(exports);
  allowRest(vm, began);
  vm.starting(() => vm.tank.start(exports));
  allowRest(vm, began);
  if (callbacks._initialize !== undefined) {
    vm.call(vm.root, callbacks._initialize);
    allowRest(vm, began);
    runMain(vm, callbacks.main ?? callbacks.__main_void);
  } else runMain(vm, callbacks._start);
  vm.state = "running";
}

/** A program that ends well is a module that has started. */
function runMain(vm: GuestVm, main: Callback | undefined): void {
  try {
    vm.call(vm.root, main);
  } catch (thrown) {
    if (!(thrown instanceof GuestExit) || thrown.exitCode !== 0) throw thrown;
    vm.fault = undefined;
  }
}

function configure(vm: GuestVm, began: number): void {
  const { exports, host, root } = vm;
  allowRest(vm, began);
  vm.call(root, exports.proxy_on_context_create, root.id, 0);
  vm.startsVm = true;
  allowRest(vm, began);
  const started = vm.call(root, exports.proxy_on_vm_start, root.id, host.vmConfig.length);
  vm.startsVm = false;
  allowRest(vm, began);
  if (started === 0) throw refusal(vm, "START_FAILED", withLastWords("the plugin refused to start", vm));
  const configured = vm.call(root, exports.proxy_on_configure, root.id, host.pluginConfig.length);
  if (configured === 0) throw refusal(vm, "CONFIG_REFUSED", withLastWords("the plugin refused its configuration", vm));
}

/** What the guest said last may be the reason. */
export function withLastWords(detail: string, { lastError }: GuestVm): string {
  return lastError === "" || detail.includes(lastError) ? detail : `${detail}: ${printableLine(lastError, MAX_REASON)}`;
}

function refusal({ host }: GuestVm, code: "START_FAILED" | "CONFIG_REFUSED", message: string): HeddleError {
  return new HeddleError(code, message, { where: host.plugin });
}
