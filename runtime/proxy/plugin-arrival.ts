import type { PluginView } from "./plugin-view.ts";

/** How a plugin has come into the proxy, or why it has not; delivery's status is such a thing. */
export interface PluginArrival {
  /** `waiting`, `loading`, `running`, `rejected` or `failed`. */
  readonly state: string;
  /** Of the image manifest that serves, as registries and desired states name a plugin; of the component for a local file. */
  readonly digest: string | undefined;
  /** The digest that should serve, where it is known. */
  readonly wanted: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** How often what is wanted was tried, to end with this error. */
  readonly tries: number;
  /** When the state began, in milliseconds since the epoch. */
  readonly since: number;
}

export type Arrivals = (plugin: string) => PluginArrival | undefined;

/** A plugin as the admin pages show it. */
export type ArrivedPlugin = PluginView &
  Partial<Omit<PluginArrival, "since">> & {
    /** ISO 8601. */
    readonly since?: string;
  };

/** Says beside each plugin how it came, or why it is not there. */
export function withArrivals(views: readonly PluginView[], arrivals: Arrivals | undefined): ArrivedPlugin[] {
  return views.map((view) => {
    const arrival = arrivals?.(view.name);
    if (arrival === undefined) return view;
    const { state, digest, wanted, error, tries, since } = arrival;
    const { name, loaded, ...rest } = view;
    const failure = error && { error, tries };
    return { ...{ name, loaded, state, digest, wanted }, ...failure, since: new Date(since).toISOString(), ...rest };
  });
}
