/** Loaded once a connection speaks HTTP/2: it takes 6 MB in every thread. */
export function nodeHttp2(): typeof import("node:http2") {
  return process.getBuiltinModule("node:http2");
}
