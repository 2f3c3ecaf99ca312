import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../free-port.ts";
import { filterModule } from "../../wasm/proxy-wasm/filters.ts";
import type { EnvoyProcess } from "../hosts/envoy/envoy-process.ts";
import type { WasmFilter } from "../hosts/envoy/listener.ts";
import { isOfFilter, readable, type Scene, type Trace } from "./scene.ts";
import { type Stage, shoot } from "./stage.ts";

const TEXT = "type.googleapis.com/google.protobuf.StringValue";
/** How often it is looked for lines that do not come before that is the result. */
const LOOKS = 600;

/**
 * What a scene looks like in Envoy. It starts a module several times, in each thread: lines of a start count once.
 *
 * @param expected how many lines each filter is to write
 */
export async function inEnvoy(
  envoy: EnvoyProcess,
  scene: Scene,
  name: string,
  expected: readonly number[],
  { certificate }: Stage,
): Promise<Trace> {
  const { filters, shots = [{}] } = scene;
  const modules = await Promise.all(
    filters.map(async (filter, at) => {
      const file = join(envoy.folder, `${name}-${at}.wasm`);
      await writeFile(file, filterModule(filter));
      return wasmFilter(scene, file, `${name}-${at}-`, at);
    }),
  );
  const linesNow = async () => {
    const lines = (await envoy.lines()).filter(({ message }) => isOfFilter(message));
    return modules.map(({ vmId }) =>
      lines.filter(({ from }) => from.includes(vmId)).map(({ message }) => readable(message)),
    );
  };
  const port = await freePort();
  const cluster = scene.secure ? "test/safe:80" : "test/app:80";
  const tls = scene.secure ? { certificate } : {};
  const taken = await envoy.addListener({ name, port, filters: modules, routes: ["test/route/0"], cluster, ...tls });
  if (!taken) return { answers: ["refused"], lines: await linesNow() };
  const all = async () => (await linesNow()).map(once);
  const until = async (holds: (lines: readonly (readonly string[])[]) => boolean) => {
    for (let look = 0; look < LOOKS && !holds(await all()); look += 1) await pause(5);
  };
  const answers: string[] = [];
  for (const shot of shots) answers.push(await shoot(port, scene, shot, until));
  await until((lines) => lines.every((own, at) => own.length >= (expected[at] ?? 0)));
  envoy.removeListener(name);
  return { answers, lines: (await all()).map(asSpecified) };
}

function wasmFilter(scene: Scene, file: string, vmId: string, at: number): WasmFilter {
  const { config = "", vmConfig = "", stopIteration = false } = scene;
  const text = (value: string) => ({ "@type": TEXT, value });
  const code = { local: { filename: file } };
  const name = `test/filter${at}`;
  const plugin = {
    ...{ name, allow_on_headers_stop_iteration: stopIteration, configuration: text(config) },
    vm_config: { runtime: "envoy.wasm.runtime.v8", vm_id: vmId, configuration: text(vmConfig), code },
  };
  return { name, file, config: {}, vmId, plugin };
}

const OF_A_START = /^(?:context_create 1 0$|vm_start|configure)/;

/** Without the lines of all starts but the first: it is over before the others begin, each in its thread. */
function once(lines: readonly string[]): readonly string[] {
  const again = lines.indexOf(lines[0] as string, 1);
  return again < 0 ? lines : lines.filter((line, at) => at < again || !OF_A_START.test(line));
}

/** Envoy calls `proxy_on_log` of a stream before its `proxy_on_done`; the specification, and this proxy, the other way round. */
function asSpecified(lines: readonly string[]): string[] {
  const kept = [...lines];
  for (const [at, line] of kept.entries()) {
    const id = /^done (\d+)$/.exec(line)?.[1];
    const first = kept.indexOf(`log ${id}`);
    if (id !== undefined && first >= 0 && first < at) kept.splice(first, 0, ...kept.splice(at, 1));
  }
  return kept;
}
