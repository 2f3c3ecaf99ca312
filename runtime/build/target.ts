export const TARGETS = ["component", "proxy-wasm"] as const;

/** What a filter is built for: Heddle's own contract, or any host of proxy-wasm ABI 0.2.1, such as Envoy. */
export type Target = (typeof TARGETS)[number];
