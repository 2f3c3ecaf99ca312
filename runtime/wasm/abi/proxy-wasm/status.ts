/** What a host call answers (proxy-wasm/spec, `proxy_status_t`). SDKs give up at any status that they do not expect. */
export const STATUS = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  serializationFailure: 3,
  parseFailure: 4,
  invalidMemoryAccess: 6,
  empty: 7,
  casMismatch: 8,
  internalFailure: 10,
  brokenConnection: 11,
  unimplemented: 12,
} as const;

/** `proxy_stream_type_t` */
export const STREAM = { request: 0, response: 1, downstream: 2, upstream: 3 } as const;

/** `proxy_buffer_type_t` */
export const BUFFER = {
  requestBody: 0,
  responseBody: 1,
  downstreamData: 2,
  upstreamData: 3,
  callResponseBody: 4,
  grpcMessage: 5,
  vmConfiguration: 6,
  pluginConfiguration: 7,
  foreignArguments: 8,
} as const;

/** `proxy_header_map_type_t` */
export const MAP = {
  requestHeaders: 0,
  requestTrailers: 1,
  responseHeaders: 2,
  responseTrailers: 3,
  grpcInitialMetadata: 4,
  grpcTrailingMetadata: 5,
  callResponseHeaders: 6,
  callResponseTrailers: 7,
} as const;

/** `proxy_metric_type_t` */
export const METRIC = { counter: 0, gauge: 1, histogram: 2 } as const;
