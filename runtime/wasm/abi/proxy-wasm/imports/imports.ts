import type { GuestVm } from "../guest-vm.ts";
import { bufferFunctions } from "./buffer-functions.ts";
import { callFunctions } from "./call-functions.ts";
import { foreignCall } from "./foreign-call.ts";
import { headerMapFunctions } from "./header-map-functions.ts";
import { atAnyTime, duringCallbacks } from "./host-functions.ts";
import { logFunctions } from "./log-functions.ts";
import { metricFunctions } from "./metric-functions.ts";
import { propertyFunctions } from "./property-functions.ts";
import { queueFunctions } from "./queue-functions.ts";
import { refusedFunctions } from "./refused-functions.ts";
import { runtimeFunctions } from "./runtime-functions.ts";
import { sharedDataFunctions } from "./shared-data-functions.ts";
import { streamFunctions } from "./stream-functions.ts";
import { clockFunctions, systemFunctions } from "./system-functions.ts";
import { wasiFunctions } from "./wasi.ts";

/** Everything that any version of the ABI imports. No level has a prototype: a module cannot link `constructor`. */
export function createImports(vm: GuestVm): object {
  const restricted = duringCallbacks(vm, {
    ...headerMapFunctions(vm),
    ...bufferFunctions(vm),
    ...streamFunctions(vm),
    ...systemFunctions(vm),
    ...propertyFunctions(vm),
    ...metricFunctions(vm),
    ...sharedDataFunctions(vm),
    ...queueFunctions(vm),
    ...callFunctions(vm),
    ...foreignCall(vm),
    ...refusedFunctions(vm),
  });
  const free = atAnyTime(vm, { ...logFunctions(vm), ...clockFunctions(vm), ...runtimeFunctions(vm) });
  const wasi = atAnyTime(vm, wasiFunctions(vm));
  return bare({ env: bare({ ...restricted, ...free }), wasi_snapshot_preview1: wasi, wasi_unstable: wasi });
}

function bare(entries: object): object {
  return Object.freeze(Object.assign(Object.create(null), entries));
}
