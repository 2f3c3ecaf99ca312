/** One measured run against one server. */
export interface Reading {
  /** Requests answered. */
  readonly requests: number;
  /** Seconds. */
  readonly elapsed: number;
  /** CPU seconds of the server's process tree. */
  readonly cpu: number;
  /** The part of them that was spent in the kernel. */
  readonly system: number;
  /** CPU seconds of processes that the bench did not start. */
  readonly foreign: number;
}

/** A-B-A: the reference right before and right after the subject, so that what drifts on the machine shows. */
export interface Triple {
  readonly subject: string;
  /** Counted from 0. */
  readonly round: number;
  readonly before: Reading;
  readonly reading: Reading;
  readonly after: Reading;
}

export interface Limits {
  /** How far apart the two reference readings may be, as a share of the lower one. */
  readonly drift: number;
  /** CPU that others may use, in cores. */
  readonly foreign: number;
}

/** CPU microseconds per request. */
export function cpuPerRequest(reading: Reading): number {
  return (reading.cpu / reading.requests) * 1e6;
}

export function requestsPerSecond(reading: Reading): number {
  return reading.requests / reading.elapsed;
}

/** CPU per request of the subject over that of the reference around it. */
export function ratioOf({ before, reading, after }: Triple): number {
  return (2 * cpuPerRequest(reading)) / (cpuPerRequest(before) + cpuPerRequest(after));
}

/** Why a triple says nothing, in words; undefined when it counts. */
export function dirt({ before, reading, after }: Triple, limits: Limits): string | undefined {
  const [low, high] = [cpuPerRequest(before), cpuPerRequest(after)].toSorted((a, b) => a - b) as [number, number];
  const drift = high / low - 1;
  if (!(drift <= limits.drift)) return `reference readings ${percent(drift)} apart`;
  const foreign = Math.max(...[before, reading, after].map((one) => one.foreign / one.elapsed));
  if (foreign > limits.foreign) return `others used ${foreign.toFixed(2)} cores`;
  return undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
