/**
 * Host names of listeners and routes. A wildcard `*.example.com` stands for one or more labels before the suffix and
 * never for the suffix itself (Gateway API v1, `Hostname`).
 */

/** Whether a lower-case host is one that the pattern (exact, `*.suffix`, or undefined for every host) stands for. */
export function hostMatches(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined || pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

/** The hosts that both patterns stand for, as one pattern; undefined when there are none. */
export function intersectHostnames(a: string, b: string): string | undefined {
  if (a === b) return a;
  if (hostMatches(a, b)) return b;
  if (hostMatches(b, a)) return a;
  return undefined;
}

/**
 * What a route serves on a listener. An empty list means every host (neither names one); undefined means that the
 * route does not belong on this listener.
 */
export function routeHostnames(listener: string | undefined, route: readonly string[]): string[] | undefined {
  if (route.length === 0) return listener === undefined ? [] : [listener];
  if (listener === undefined) return [...new Set(route)];
  const shared = route.map((hostname) => intersectHostnames(listener, hostname)).filter((each) => each !== undefined);
  return shared.length === 0 ? undefined : [...new Set(shared)];
}
