import { generateKey } from "../../../runtime/artifact/keys.ts";
import type { Pushed } from "../../../runtime/delivery/publish.ts";
import type { Shop } from "../shop.ts";
import { holds, type Step, same } from "./step.ts";
import { editBadge } from "./swap.ts";

const SERVING = "woven/1.1";

/** Releases what was pushed; the proxy must refuse it with this code and serve the last good version on. */
async function refused(shop: Shop, pushed: Pushed, code: string): Promise<string> {
  const seq = await shop.release(pushed);
  const reports = await shop.settled(seq);
  const orders = reports.find(({ name }) => name === "orders-proxy");
  const badge = orders?.plugins.find(({ name }) => name.endsWith("badge"));
  same("code of the refusal", badge?.error?.code, code);
  same("version that runs", badge?.version, "1.1.0");
  const response = await fetch(`${shop.urls.orders}/orders`, { headers: { "x-api-key": shop.apiKey } });
  same("status", response.status, 200);
  same("x-badge", response.headers.get("x-badge"), SERVING);
  holds(badge?.error !== undefined, "expected the proxy to say why");
  const [reason = ""] = badge.error.detail.split(" (");
  return `${shorten(reason)}; 1.1.0 serves on`;
}

/** Digests as people quote them. */
function shorten(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{8})[0-9a-f]{56}/g, "$1…").replace(/\.$/, "");
}

async function buildBadge(shop: Shop, version: string) {
  return shop.build(await editBadge(shop, version, `/${version}`));
}

/** Three versions that no proxy may run. */
export const refusalSteps: readonly Step[] = [
  {
    name: "an unsigned version is refused",
    async run(shop) {
      const pushed = await shop.publish(await buildBadge(shop, "1.2.0"));
      return refused(shop, pushed, "SIGNATURE_MISSING");
    },
  },
  {
    name: "a version signed by a stranger is refused",
    async run(shop) {
      const pushed = await shop.publish(await buildBadge(shop, "1.3.0"), generateKey());
      return refused(shop, pushed, "SIGNATURE_KEY_UNKNOWN");
    },
  },
  {
    name: "a version with a flipped byte is refused",
    async run(shop) {
      const built = await buildBadge(shop, "1.4.0");
      const pushed = await shop.tamper(built, shop.publisher);
      return refused(shop, pushed, "SIGNATURE_CLAIM_MISMATCH");
    },
  },
];
