import { type DesiredPlugin, type DesiredState, signDesired, verifyDesired } from "../artifact/desired.ts";
import type { SigningKey, TrustedKey } from "../artifact/keys.ts";
import { systemClock } from "../telemetry/clock.ts";
import type { MeshApi } from "./mesh-api.ts";

export interface ReleaseOptions {
  readonly api: MeshApi;
  readonly key: SigningKey;
  /** Each takes the place of the mesh's entry for the same repository, or is added. */
  readonly entries: readonly DesiredPlugin[];
  /** Further keys that may have signed the state that this one follows. */
  readonly trusted?: readonly TrustedKey[];
  /** Milliseconds until the new state expires. */
  readonly lifetime?: number;
  readonly clock?: { now(): number };
}

const NINETY_DAYS = 90 * 24 * 3600 * 1000;

/**
 * Signs and publishes the mesh's next desired state: as it is, with some plugins changed together.
 *
 * The state that it follows is verified first: otherwise a registry could slip a plugin into what we sign.
 * Of two entries for one repository the later one counts.
 * Throws SIGNATURE_INVALID, SIGNATURE_KEY_UNKNOWN, STATE_REFUSED (another release came first) and what `MeshApi` throws.
 */
export async function releasePlugins(options: ReleaseOptions): Promise<DesiredState> {
  const { api, key, entries, lifetime = NINETY_DAYS, clock = systemClock } = options;
  const previous = await currentState(options);
  const plugins = new Map([...(previous?.plugins ?? []), ...entries].map((plugin) => [plugin.repository, plugin]));
  const now = clock.now();
  const state: DesiredState = {
    mesh: api.mesh,
    seq: (previous?.seq ?? 0) + 1,
    issued: new Date(now).toISOString(),
    expires: new Date(now + lifetime).toISOString(),
    plugins: [...plugins.values()].sort((a, b) => (a.repository < b.repository ? -1 : 1)),
  };
  await api.publish(signDesired(state, key));
  return state;
}

async function currentState({ api, key, trusted = [] }: ReleaseOptions): Promise<DesiredState | undefined> {
  const envelope = await api.desired();
  if (envelope === undefined) return undefined;
  const own = { name: "own key", publicKey: key.public.pem };
  // An expired state is still what the next one follows.
  const now = Number.NEGATIVE_INFINITY;
  return verifyDesired({ envelope, trusted: [own, ...trusted], mesh: api.mesh, now, where: api.url }).state;
}
