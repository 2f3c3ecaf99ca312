import { after, before, describe, test } from "node:test";
import { findEnvoy } from "../find-envoy.ts";
import { type EnvoyProcess, startEnvoy } from "./hosts/envoy/envoy-process.ts";
import { skipWithoutEnvoy } from "./hosts/envoy/skip-without-envoy.ts";
import { BODIES } from "./traces/body-scenes.ts";
import { CALLS } from "./traces/call-scenes.ts";
import { compare } from "./traces/compare.ts";
import { HEADS } from "./traces/head-scenes.ts";
import { inEnvoy } from "./traces/in-envoy.ts";
import { inHeddle } from "./traces/in-heddle.ts";
import { LIFE } from "./traces/life-scenes.ts";
import { PROPERTIES } from "./traces/property-scenes.ts";
import type { Scene } from "./traces/scene.ts";
import { openStage, type Stage } from "./traces/stage.ts";
import { STATE } from "./traces/state-scenes.ts";

const SCENES: readonly Scene[] = [...LIFE, ...HEADS, ...BODIES, ...CALLS, ...STATE, ...PROPERTIES];

/** A scene takes about 50 ms. */
const PATIENCE = 20_000;

// Each scene runs in a real Envoy and in a proxy of ours: the same module, the same requests. What filters were called for, what
// their calls answered and what the client got are compared line by line. docs/proxy-wasm.md tells the differences.
describe("a filter sees the same here and in Envoy", { skip: skipWithoutEnvoy() }, () => {
  let envoy: EnvoyProcess;
  let stage: Stage;

  before(async () => {
    stage = await openStage();
    envoy = await startEnvoy(findEnvoy() as string);
    const { app, auth, safe } = stage.ports;
    await envoy.addCluster("test/app:80", app);
    await envoy.addCluster("auth", auth);
    await envoy.addCluster("test/safe:80", safe, [stage.authority.chain, "safe.test"]);
  });
  after(async () => {
    await envoy.stop();
    stage.close();
  });

  for (const [at, scene] of SCENES.entries()) {
    test(scene.name, { timeout: PATIENCE }, async (t) => {
      const here = await inHeddle(t, scene, stage);
      const expected = here.lines.map(({ length }) => length);
      const there = await inEnvoy(envoy, scene, `scene${at}`, expected, stage);
      compare(scene, here, there);
    });
  }
});
