/** Loaded once a listener or an endpoint speaks TLS: it takes 3 MB in every thread. */
export function nodeTls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}
