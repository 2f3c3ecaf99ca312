import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Terminal } from "../../../runtime/cli/terminal.ts";
import { type Shot, startLoad } from "../load.ts";
import type { Shop } from "../shop.ts";
import { holds, type Step, same } from "./step.ts";

const RATE = 2_000;
const BEFORE_MS = 2_000;
const AFTER_MS = 2_000;
const OLD = "woven/1.0";
const NEW = "woven/1.1";

/** The badge filter with another version and another answer, as a colleague would edit it. */
export async function editBadge(shop: Shop, version: string, answer: string): Promise<string> {
  const folder = join(shop.folder, `badge-${version}`);
  await cp(shop.badgeFolder, folder, { recursive: true, filter: (path) => !path.endsWith("dist") });
  const source = await readFile(join(folder, "index.ts"), "utf8");
  const edited = source.replace("/1.0", answer);
  holds(edited !== source, "expected the badge filter to contain the text to edit");
  await writeFile(join(folder, "index.ts"), edited);
  const manifest = JSON.parse(await readFile(join(folder, "plugin.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(folder, "plugin.json"), JSON.stringify({ ...manifest, version }, null, 2));
  return folder;
}

function judge(shots: readonly Shot[]): { firstNew: number; lastOld: number } {
  const failed = shots.filter(({ status }) => status !== 200);
  same("failed requests", failed.length, 0);
  const strange = shots.find(({ mark }) => mark !== OLD && mark !== NEW);
  holds(strange === undefined, `expected x-badge ${OLD} or ${NEW}, got ${strange?.mark}`);
  const answers = (mark: string) => shots.filter((shot) => shot.mark === mark).map(({ answeredAt }) => answeredAt);
  const [olds, news] = [answers(OLD), answers(NEW)];
  holds(olds.length > 0, "expected the old version before the switch, saw none of its answers");
  holds(news.length > 0, "expected the new version after the switch, saw none of its answers");
  return { firstNew: Math.min(...news), lastOld: Math.max(...olds) };
}

/** Builds, pushes, signs and releases 1.1.0 of a filter while requests run through the proxy, and loses none. */
export function swapStep(terminal: Terminal): Step {
  return {
    name: "a new version replaces the old one under load",
    async run(shop) {
      const built = await shop.build(await editBadge(shop, "1.1.0", "/1.1"));
      const headers = { "x-api-key": shop.apiKey };
      const load = startLoad({ url: shop.urls.orders, path: "/orders", headers, rate: RATE, watch: "x-badge" });
      await sleep(BEFORE_MS);
      terminal.say(`       ${load.shots.length} requests answered; pushing and releasing badge 1.1.0 ...`);
      const releasedAt = load.elapsed();
      const seq = await shop.release(await shop.publish(built, shop.publisher));
      await shop.settled(seq);
      await sleep(AFTER_MS);
      const shots = await load.stop();
      const { firstNew, lastOld } = judge(shots);
      const pace = shots.filter(({ answeredAt }) => Math.abs(answeredAt - firstNew) <= 500).length;
      for (const { name, plugins } of await shop.proxies()) {
        const badge = plugins.find((plugin) => plugin.name.endsWith("/badge"));
        if (badge !== undefined) same(`badge on ${name}`, badge.version, "1.1.0");
      }
      const switched = `switched ${Math.round(firstNew - releasedAt)} ms after the push began`;
      const overlap = `last old answer ${Math.max(0, Math.round(lastOld - firstNew))} ms later`;
      return `${shots.length} requests, ${pace}/s at the switch, 0 failed; ${switched}, ${overlap}`;
    },
  };
}
