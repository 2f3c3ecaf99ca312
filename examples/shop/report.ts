/** What one proxy has reported to the registry. */
export interface ProxyReport {
  readonly name: string;
  /** Of the desired state that it speaks about. */
  readonly seq: number;
  readonly plugins: readonly PluginReport[];
}

export interface PluginReport {
  readonly name: string;
  readonly version: string | undefined;
  readonly state: string;
  readonly error: { readonly code: string; readonly detail: string } | undefined;
}

/** Reads one entry of the registry's list of proxies. */
export function readReport(entry: Readonly<Record<string, unknown>>): ProxyReport {
  const { proxy, seq, plugins } = entry as { proxy: string; seq: number; plugins: PluginReport[] };
  return { name: proxy, seq, plugins };
}
