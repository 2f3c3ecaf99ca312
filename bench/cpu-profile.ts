/** The part of a .cpuprofile (Chrome DevTools protocol, Profiler.Profile) that this bench reads. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes, one for each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** Where a share of the time went: one function. */
export interface SelfTime {
  readonly name: string;
  /** A folder of the repository, `node:MODULE`, `npm NAME`, `wasm`, or `native` for built-ins, garbage collection and system calls. */
  readonly group: string;
  /** File and line, or empty. */
  readonly place: string;
  readonly microseconds: number;
}

/** A profile, and what its times are multiplied by. */
export interface Weighted {
  readonly profile: CpuProfile;
  readonly weight: number;
}

/**
 * Self time of every function that was seen, idle time and the profiler's own start left out; the dearest first.
 *
 * @param root - the repository's folder with a slash at its end
 */
export function selfTimes(profiles: readonly Weighted[], root: string): SelfTime[] {
  const found = new Map<string, SelfTime>();
  for (const { profile, weight } of profiles) {
    for (const [node, sampled] of busyNodes(profile)) {
      const microseconds = sampled * weight;
      const time = describeNode(node, root, microseconds);
      const key = `${time.name} ${time.group} ${time.place}`;
      found.set(key, { ...time, microseconds: microseconds + (found.get(key)?.microseconds ?? 0) });
    }
  }
  return [...found.values()].toSorted((a, b) => b.microseconds - a.microseconds);
}

/** Sums by group; the dearest first. */
export function byGroup(times: readonly SelfTime[]): { group: string; microseconds: number }[] {
  const sums = new Map<string, number>();
  for (const { group, microseconds } of times) sums.set(group, (sums.get(group) ?? 0) + microseconds);
  const groups = [...sums].map(([group, microseconds]) => ({ group, microseconds }));
  return groups.toSorted((a, b) => b.microseconds - a.microseconds);
}

function busyNodes({ nodes, samples, timeDeltas }: CpuProfile): Map<ProfileNode, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<ProfileNode, number>();
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    if (node === undefined || isLeftOut(node)) continue;
    times.set(node, (times.get(node) ?? 0) + (timeDeltas[index] ?? 0));
  }
  return times;
}

function isLeftOut({ callFrame }: ProfileNode): boolean {
  return callFrame.functionName === "(idle)" || callFrame.url === "node:inspector";
}

function describeNode({ callFrame }: ProfileNode, root: string, microseconds: number): SelfTime {
  const { functionName, url, lineNumber } = callFrame;
  const name = functionName === "" ? "(anonymous)" : functionName;
  const path = url.startsWith("file://") ? decodeURIComponent(url.slice("file://".length)) : url;
  return { name, microseconds, ...placeOf(path, lineNumber + 1, root) };
}

function placeOf(path: string, line: number, root: string): { group: string; place: string } {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(path);
  if (dependency !== null) return { group: `npm ${dependency[1]}`, place: `${dependency[2]}:${line}` };
  if (path.startsWith("wasm:")) return { group: "wasm", place: "" };
  if (path.startsWith("node:")) return { group: path.split("/").slice(0, 2).join("/"), place: `${path}:${line}` };
  if (!path.startsWith(root))
    return { group: path === "" ? "native" : "other", place: path === "" ? "" : `${path}:${line}` };
  const file = path.slice(root.length);
  return { group: file.slice(0, Math.max(0, file.lastIndexOf("/"))), place: `${file}:${line}` };
}
