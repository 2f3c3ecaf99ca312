import { messageOf } from "../../../errors.ts";
import type { GuestVm } from "./guest-vm.ts";

/** How long a root context that has more to do may take, in milliseconds. */
const PATIENCE = 5_000;

/**
 * Ends a machine that has no exchanges any more: `proxy_on_done` and `proxy_on_delete` of its root context. Between them a
 * root context that answers 0 gets what its calls bring, until it calls `proxy_done` or has taken too long.
 */
export function endVm(vm: GuestVm): void {
  const { root, exports, host, life } = vm;
  if (vm.fault !== undefined || root.life !== "serving") return;
  root.life = "ending";
  const answer = attempt(vm, () => vm.call(root, exports.proxy_on_done, root.id));
  const { every } = host.services;
  if (answer !== 0 || root.life !== "ending" || every === undefined) {
    finish(vm);
    return;
  }
  life.rest();
  const disarm = every(PATIENCE, () => root.done?.());
  root.done = () => {
    disarm();
    root.done = undefined;
    finish(vm);
  };
}

function finish(vm: GuestVm): void {
  const { root, exports, life } = vm;
  root.life = "over";
  attempt(vm, () => vm.call(root, exports.proxy_on_delete, root.id));
  life.end();
}

function attempt(vm: GuestVm, run: () => number | undefined): number | undefined {
  if (vm.fault !== undefined) return undefined;
  try {
    return run();
  } catch (thrown) {
    vm.fail(messageOf(thrown));
    return undefined;
  }
}
