import { readdirSync, readFileSync } from "node:fs";

/** One line of /proc/PID/stat; times in clock ticks of 10 ms (USER_HZ is 100 on every Linux that Node runs on). */
export interface ProcessTimes {
  readonly parent: number;
  /** utime, and stime. */
  readonly user: number;
  readonly system: number;
  /** cutime + cstime: of children that ended and were waited for. */
  readonly reaped: number;
}

const TICKS_PER_SECOND = 100;

/** Parses /proc/PID/stat (proc(5)). The command name in parentheses may itself hold spaces and parentheses. */
export function parseProcessStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, utime, stime, cutime, cstime] = [fields[1], fields[11], fields[12], fields[13], fields[14]].map(
    Number,
  );
  return { parent: parent ?? 0, user: utime ?? 0, system: stime ?? 0, reaped: (cutime ?? 0) + (cstime ?? 0) };
}

/** Ticks of a process and all its living descendants; `all` has those of their ended children too. */
export function treeTicks(root: number, processes: ReadonlyMap<number, ProcessTimes>): { all: number; system: number } {
  const ticks = { all: 0, system: 0 };
  for (const [pid, { user, system, reaped }] of processes) {
    if (!descendsFrom(pid, root, processes)) continue;
    ticks.all += user + system + reaped;
    ticks.system += system;
  }
  return ticks;
}

function descendsFrom(pid: number, root: number, processes: ReadonlyMap<number, ProcessTimes>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = processes.get(at)?.parent) {
    if (at === root) return true;
  }
  return false;
}

/** Busy ticks of the whole machine from /proc/stat: all of its first line but idle, iowait and the guests' share of user. */
export function parseMachineStat(text: string): number {
  const [, user, nice, system, , , irq, softirq, steal] = (/^cpu .*/m.exec(text)?.[0] ?? "").split(/\s+/).map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0);
}

/** Of all CPUs, from /proc/stat: the eighth number of its first line (proc(5)). */
export function parseSteal(text: string): number {
  return Number(/^cpu +(?:\d+ ){7}(\d+)/m.exec(text)?.[1] ?? 0);
}

/** CPU seconds spent so far. */
export interface CpuReading {
  /** By the process tree under measurement. */
  readonly subject: number;
  /** The part of it that was spent in the kernel. */
  readonly system: number;
  /** By everything else on the machine that this bench did not start. */
  readonly foreign: number;
}

/** Reads /proc. @throws ENOENT where there is none. */
export function readCpu(subject: number): CpuReading {
  const processes = readProcesses();
  const { all, system } = treeTicks(subject, processes);
  return { subject: seconds(all), system: seconds(system), foreign: machineOf(processes, process.pid).foreign };
}

/** CPU seconds so far of who is not measured. */
export interface MachineReading {
  /** Spent by processes outside of a tree. */
  readonly foreign: number;
  /** What the hypervisor gave to others while this machine wanted it. */
  readonly stolen: number;
}

/** Reads /proc. @throws ENOENT where there is none. */
export function readMachine(root: number): MachineReading {
  return machineOf(readProcesses(), root);
}

function machineOf(processes: ReadonlyMap<number, ProcessTimes>, root: number): MachineReading {
  const text = readFileSync("/proc/stat", "utf8");
  const ours = treeTicks(root, processes).all;
  return { foreign: seconds(parseMachineStat(text) - ours), stolen: seconds(parseSteal(text)) };
}

function seconds(ticks: number): number {
  return ticks / TICKS_PER_SECOND;
}

/** A process and its living descendants. */
export function processTree(root: number): number[] {
  const processes = readProcesses();
  return [...processes.keys()].filter((pid) => descendsFrom(pid, root, processes));
}

function readProcesses(): Map<number, ProcessTimes> {
  const processes = new Map<number, ProcessTimes>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      processes.set(Number(entry), parseProcessStat(readFileSync(`/proc/${entry}/stat`, "utf8")));
    } catch {
      // It ended since the listing.
    }
  }
  return processes;
}
