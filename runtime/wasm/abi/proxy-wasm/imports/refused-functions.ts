import { writeLog } from "../guest-log.ts";
import type { GuestVm } from "../guest-vm.ts";
import { STATUS } from "../status.ts";
import type { HostFunctions } from "./host-functions.ts";
import { VENDOR_IMPORTS } from "./known.ts";

const WARN = 3;

/** Calls that this host does not make: gRPC, and what other hosts have added. The log names each once. */
export function refusedFunctions(vm: GuestVm): HostFunctions {
  const refuse = (name: string, status: number, why: string) => () => {
    if (!vm.named.has(name)) writeLog(vm, WARN, () => `${name}: ${why}`);
    vm.named.add(name);
    return status;
  };
  const grpc = (name: string) => refuse(name, STATUS.internalFailure, "this proxy makes no gRPC calls for filters");
  const calls = ["proxy_grpc_call", "proxy_grpc_stream"];
  // Of a call that was never made.
  const ofCalls = ["proxy_grpc_send", "proxy_grpc_cancel", "proxy_grpc_close"];
  return Object.fromEntries([
    ...calls.map((name) => [name, grpc(name)] as const),
    ...ofCalls.map((name) => [name, () => STATUS.notFound] as const),
    ...Object.entries(VENDOR_IMPORTS).map(
      ([name, vendor]) =>
        [name, refuse(name, STATUS.unimplemented, `a call of ${vendor} that this proxy does not have`)] as const,
    ),
  ]);
}
