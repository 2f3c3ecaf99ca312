import type { KeySetSource, Listener, PluginBinding, Snapshot } from "../config/snapshot.ts";

/** The snapshot as `/config` shows it: all of it but key material. */
export function describeSnapshot(snapshot: Snapshot): unknown {
  return {
    generation: snapshot.generation,
    warnings: snapshot.warnings,
    listeners: snapshot.listeners.map(describeListener),
    plugins: [...snapshot.plugins.values()].map(describePlugin),
    clusters: [...snapshot.clusters.values()],
    trust: {
      publishers: snapshot.trust.publishers.map((key) => key.name),
      releasers: snapshot.trust.releasers.map((key) => key.name),
    },
  };
}

function describeListener({ tls, ...listener }: Listener): unknown {
  if (tls === undefined) return listener;
  const certificates = tls.certificates.map(({ name, hosts, notAfter }) => {
    return { name, hosts, notAfter: new Date(notAfter).toISOString(), key: "(redacted)" };
  });
  return { ...listener, tls: { certificates } };
}

function describePlugin(binding: PluginBinding): unknown {
  const keySets = [...binding.keySets].map(([name, source]) => [name, describeKeySet(source)]);
  return { ...binding, config: parsed(binding.config), keySets: Object.fromEntries(keySets) };
}

function describeKeySet(source: KeySetSource): unknown {
  return source.kind === "inline" ? { kind: "inline", jwks: "(redacted)" } : source;
}

function parsed(config: string): unknown {
  try {
    return JSON.parse(config);
  } catch {
    return config;
  }
}
