/** One measured run against one server. */
export interface Run {
  /** Seconds. */
  readonly elapsed: number;
  /** CPU seconds of processes that the bench did not start. */
  readonly foreign: number;
}

/** What a closed loop cost. */
export interface Reading extends Run {
  /** Requests answered. */
  readonly requests: number;
  /** CPU seconds of the server's process tree. */
  readonly cpu: number;
  /** The part of them that was spent in the kernel. */
  readonly system: number;
}

/** A-B-A: the reference right before and right after the subject, so that what drifts on the machine shows. */
export interface Triple<R extends Run = Reading> {
  readonly subject: string;
  /** Counted from 0. */
  readonly round: number;
  readonly before: R;
  readonly reading: R;
  readonly after: R;
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

/** A figure of the subject over that of the reference around it. */
export function ratioOf<R extends Run>({ before, reading, after }: Triple<R>, figure: (reading: R) => number): number {
  return (2 * figure(reading)) / (figure(before) + figure(after));
}

/** Why a triple says nothing, in words; undefined when it counts. `figure` is what must not drift. */
export function dirt<R extends Run>(
  { before, reading, after }: Triple<R>,
  limits: Limits,
  figure: (reading: R) => number,
): string | undefined {
  const [low, high] = [figure(before), figure(after)].toSorted((a, b) => a - b) as [number, number];
  const drift = high / low - 1;
  if (!(drift <= limits.drift)) return `reference readings ${percent(drift)} apart`;
  const foreign = Math.max(...[before, reading, after].map((one) => one.foreign / one.elapsed));
  if (foreign > limits.foreign) return `others used ${foreign.toFixed(2)} cores`;
  return undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
