/** Finds the granted backend that a filter means. */
export type UpstreamNames = (name: string) => string | undefined;

/** Istio's cluster names: `outbound|80|subset|name.namespace.svc.cluster.local`. */
const ISTIO = /^outbound\|(\d+)\|[^|]*\|([a-z0-9-]+)\.([a-z0-9-]+)(?:\.[a-z0-9.-]*)?$/;

/**
 * A filter names backends as its author's proxy does. It may say `namespace/name:port`, a name of the mapping, `name:port`,
 * `name.namespace:port`, `name`, or Istio's name of a cluster; a short form counts when one granted backend fits.
 *
 * @param granted `namespace/name:port`
 */
export function upstreamNames(
  granted: readonly string[],
  mapping: Readonly<Record<string, string>>,
  plugin: string,
): UpstreamNames {
  const [namespace = ""] = plugin.split("/", 1);
  return (name) => {
    const mapped = Object.hasOwn(mapping, name) ? (mapping[name] as string) : name;
    if (granted.includes(mapped)) return mapped;
    const [, port, service, of] = ISTIO.exec(mapped) ?? [];
    if (port !== undefined) return granted.find((one) => one === `${of}/${service}:${port}`);
    const fitting = granted.filter((one) => formsOf(one).includes(mapped));
    return fitting.length < 2 ? fitting[0] : only(fitting.filter((one) => one.startsWith(`${namespace}/`)));
  };
}

function formsOf(backend: string): string[] {
  const [, namespace, name, port] = /^([^/]+)\/(.+):(\d+)$/.exec(backend) ?? [];
  if (namespace === undefined) return [];
  const host = `${name}.${namespace}`;
  const hosts = [`${name}`, host, `${host}.svc`, `${host}.svc.cluster.local`];
  return hosts.flatMap((one) => [one, `${one}:${port}`]);
}

function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}
