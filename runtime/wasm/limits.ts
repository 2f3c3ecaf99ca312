/** What one plugin may use. Times in milliseconds of the thread that serves; sizes in bytes unless the name says more. */
export interface PluginLimits {
  /** Linear memory of an instance, in pages of 64 KiB; larger declared minima are refused. */
  readonly memoryPages: number;
  /** What each table may grow to, and what all tables of a module may have when it starts. */
  readonly tableElements: number;
  /** One call of `configure`, with the start of the instance. */
  readonly startMillis: number;
  /** One call of a hook for a head, of `on-log` or `on-tick`. */
  readonly headMillis: number;
  /** One call of a hook for a body. */
  readonly bodyMillis: number;
  /** All hooks of one exchange together. */
  readonly exchangeMillis: number;
  /** The share of a thread's time, over one second, beyond which the plugin is shed. */
  readonly share: number;
  /** How often in a row one hook may use up all the time that it is given, before the plugin is quarantined. */
  readonly exhaustions: number;
  /** Hooks after which an instance is replaced; it is also replaced at 80 % of its memory. */
  readonly hooksPerInstance: number;
  /** What may be kept of one body while a filter holds it. */
  readonly bodyBytes: number;
  /** Instances per thread of a plugin whose hooks can suspend, and exchanges that may wait for one. */
  readonly instances: number;
  readonly waiting: number;
  /** The longest that one of them may wait for an instance. */
  readonly waitingMillis: number;
  /** Calls of one exchange to backends, at once and in all. */
  readonly callsAtOnce: number;
  readonly calls: number;
  /** The longest that a call may take, and the largest body of its response. */
  readonly callMillis: number;
  readonly callBytes: number;
}

/**
 * What a proxy-wasm filter may use: compilers of other languages ask for more than AssemblyScript's. Go puts every function
 * into its table (19,804 in a filter of 23 MB).
 */
export const PROXY_WASM_LIMITS: Pick<PluginLimits, "memoryPages" | "tableElements"> = {
  memoryPages: 1024,
  tableElements: 32_768,
};

/** @public */
export const PLUGIN_LIMITS: PluginLimits = {
  memoryPages: 256,
  tableElements: 10_000,
  startMillis: 400,
  headMillis: 10,
  bodyMillis: 50,
  exchangeMillis: 200,
  share: 0.3,
  exhaustions: 2,
  hooksPerInstance: 10_000_000,
  bodyBytes: 1 << 20,
  instances: 64,
  waiting: 1024,
  waitingMillis: 10_000,
  callsAtOnce: 4,
  calls: 16,
  callMillis: 5_000,
  callBytes: 1 << 20,
};
