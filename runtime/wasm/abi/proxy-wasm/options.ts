/** What a Plugin document says about a proxy-wasm filter beside its configuration. */
export interface ProxyWasmOptions {
  /** `background`: it sees no exchange; it ticks, takes from queues and calls. @default http */
  readonly type?: "http" | "background" | undefined;
  /** Which of its root contexts the module is to be. @default none */
  readonly pluginRootId?: string | undefined;
  /** Plugins of the same VM id share their data and queues. @default the plugin's own */
  readonly vmId?: string | undefined;
  /** Text for `on_vm_start`. @default none */
  readonly vmConfig?: string | undefined;
  /** The environment that WASI shows. @default none */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /**
   * Takes StopIteration of a hook for headers at its word: the head waits while hooks for the body go on. Otherwise
   * everything of that direction waits, as in Envoy.
   */
  readonly allowOnHeadersStopIteration?: boolean | undefined;
  /** Names that the filter calls backends by; `namespace/name:port` of each. */
  readonly clusters?: Readonly<Record<string, string>> | undefined;
}
