import { config } from "../config";
import { keep } from "../guest/memory";
import { forgetTime } from "./hook-time";
import { proxy_get_buffer_bytes } from "./hostcalls";
import { loadKeySets } from "./key-sets";
import { logWrite } from "./log";
import { Hook, turnTo } from "./moment";
import { outAddress, outSize, receivedUtf8 } from "./received";
import { addRoot, removeRoot, rootCount } from "./root-contexts";
import { loadBackends } from "./routing";
import { Buffer, LogLevel, Status } from "./wire";

// The host may give one instance several configurations at once, which a filter's globals cannot hold: only one is taken. The
// host's own key for instances covers the VM's configuration, so that one put there has an instance to itself.

/** The configuration of the VM, which stands in for a plugin's that is empty. */
let vmConfiguration = "";
/** What the root contexts that live have taken. */
let taken = "";

/** What `take` found. */
export enum Taking {
  Refused,
  Known,
  New,
}

export function proxy_abi_version_0_2_1(): void {}

/** Memory for what the host hands over; it becomes an object of the guest. */
export function malloc(size: usize): usize {
  return __new(size, idof<ArrayBuffer>());
}

export function proxy_on_context_create(_context: u32, _parent: u32): void {}

export function proxy_on_vm_start(_root: u32, size: u32): i32 {
  vmConfiguration = textOf(Buffer.VmConfiguration, size);
  keep();
  return 1;
}

/** A context's end needs nothing done. */
export function proxy_on_done(_context: u32): i32 {
  return 1;
}

export function proxy_on_delete(context: u32): void {
  removeRoot(context);
}

/** Begins the configure hook; the text of the configuration. */
export function configurationOf(size: u32): string {
  turnTo(Hook.Configure, false);
  forgetTime();
  return size === 0 ? vmConfiguration : textOf(Buffer.PluginConfiguration, size);
}

/** Lets a root context take a configuration, unless another one runs here. */
export function take(root: u32, text: string): Taking {
  const known = rootCount() > 0;
  if (known && text !== taken) {
    say("another configuration runs in this VM: give each its own vm_id, or put it into the VM's configuration");
    return Taking.Refused;
  }
  taken = text;
  addRoot(root);
  return known ? Taking.Known : Taking.New;
}

/** Takes over the member `heddle` of the configuration, and takes it out. Why it cannot be used, or null. */
export function loadHostSettings(keySets: bool, backends: bool): string | null {
  const own = config.object("heddle");
  const at = config.names.indexOf("heddle");
  if (at >= 0) {
    config.names.splice(at, 1);
    config.items.splice(at, 1);
  }
  const wrong: string | null = keySets ? loadKeySets(own.object("keySets")) : null;
  if (wrong !== null) return "heddle." + wrong;
  const alsoWrong: string | null = backends ? loadBackends(own.get("backends")) : null;
  return alsoWrong === null ? null : "heddle." + alsoWrong;
}

/** Ends the configure hook; null accepts. What was allocated until now stays. */
export function settle(root: u32, problem: string | null): i32 {
  if (problem !== null) {
    say("the configuration is refused: " + problem);
    removeRoot(root);
  }
  turnTo(Hook.None, false);
  keep();
  return i32(problem === null);
}

function say(message: string): void {
  logWrite(<i32>LogLevel.Error, message);
}

function textOf(buffer: Buffer, size: u32): string {
  const status = size === 0 ? Status.NotFound : proxy_get_buffer_bytes(buffer, 0, size, outAddress, outSize);
  return status === Status.Ok ? receivedUtf8() : "";
}
