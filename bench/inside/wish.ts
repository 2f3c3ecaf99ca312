/** What the bench asks of a process under measurement, over its IPC channel. */
export interface Wish {
  readonly id: number;
  readonly what: "collect" | "profile" | "stop-profile";
  /** Where profiles are written. */
  readonly folder?: string;
}

export interface Answer {
  readonly id: number;
  /** One for each thread, when a profile has ended. */
  readonly profiles: readonly ThreadProfile[];
}

export interface ThreadProfile {
  /** 0 is the main thread. */
  readonly thread: number;
  readonly path: string;
  /** Nanoseconds that the thread ran while it was profiled, and that it was ready to run and waited for a CPU. */
  readonly ran: number;
  readonly waited: number;
}

export function isWish(value: unknown): value is Wish {
  return typeof value === "object" && value !== null && "id" in value && "what" in value;
}

export function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "id" in value && "profiles" in value;
}
