import type { ProxyNode } from "../../../services.ts";
import type { GuestVm } from "../guest-vm.ts";
import type { Pair } from "../pairs.ts";
import { writeMessage } from "../protobuf.ts";
import type { Property } from "./property.ts";

/** A proxy that nobody has named. */
const UNNAMED: ProxyNode = { id: "heddle", cluster: "" };

/** What Istio's filters look for in a node's metadata. */
function metadataOf({ id, cluster }: ProxyNode): Pair[] {
  return cluster === "" ? [["NAME", id]] : [...([["NAME", id]] as Pair[]), ["MESH_ID", cluster]];
}

/** envoy.config.core.v3.Node: id 1, cluster 2, metadata 3, user_agent_name 6. */
function messageOf(node: ProxyNode): Uint8Array {
  const members = metadataOf(node).map(([key, value]): [number, Uint8Array] => {
    const text = writeMessage([[3, Buffer.from(value)]]);
    return [
      1,
      writeMessage([
        [1, Buffer.from(key)],
        [2, text],
      ]),
    ];
  });
  return writeMessage([
    [1, Buffer.from(node.id)],
    [2, Buffer.from(node.cluster)],
    [3, writeMessage(members)],
    [6, Buffer.from("heddle")],
  ]);
}

const nodeOf = ({ host }: GuestVm): ProxyNode => host.services.node ?? UNNAMED;
const bytes = (text: string): Buffer => Buffer.from(text);

const INBOUND = 1;

/** By the path below `node` or `xds.node`. */
const NODE: Readonly<Record<string, (node: ProxyNode) => Property>> = {
  "": messageOf,
  "\0id": ({ id }) => bytes(id),
  "\0cluster": ({ cluster }) => bytes(cluster),
  "\0user_agent_name": () => "heddle",
  "\0metadata": (node) => metadataOf(node).map(([name, value]): Pair => [name, bytes(value).toString("latin1")]),
  "\0metadata\0NAME": ({ id }) => bytes(id),
  "\0metadata\0MESH_ID": ({ cluster }) => (cluster === "" ? undefined : bytes(cluster)),
};

const ofNode = (prefix: string) =>
  Object.fromEntries(Object.entries(NODE).map(([path, fact]) => [prefix + path, (vm: GuestVm) => fact(nodeOf(vm))]));

/** What is so whether there is an exchange or not. */
export const PLUGIN_FACTS: Readonly<Record<string, (vm: GuestVm) => Property>> = {
  plugin_name: ({ host }) => host.plugin,
  plugin_root_id: ({ host }) => bytes(host.options.pluginRootId ?? ""),
  plugin_vm_id: ({ host }) => bytes(host.options.vmId ?? ""),
  vm_id: ({ host }) => bytes(host.options.vmId ?? ""),
  ...ofNode("node"),
  ...ofNode("xds\0node"),
  listener_direction: () => INBOUND,
  "xds\0listener_direction": () => INBOUND,
};
