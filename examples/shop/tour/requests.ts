import type { Shop } from "../shop.ts";
import { holds, type Step, same } from "./step.ts";

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function askUsers(shop: Shop, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${shop.urls.users}/users/me`, { headers });
}

async function askOrders(shop: Shop, headers: Record<string, string>): Promise<string> {
  const response = await fetch(`${shop.urls.orders}/orders`, { headers: { "x-api-key": shop.apiKey, ...headers } });
  same("status", response.status, 200);
  return ((await response.json()) as { version: string }).version;
}

/** What a person would try first: the five requests of the screen. */
export const requestSteps: readonly Step[] = [
  {
    name: "a valid token is let in",
    async run(shop) {
      const response = await askUsers(shop, bearer(shop.tokens.alice));
      same("status", response.status, 200);
      const { id } = (await response.json()) as { id: string };
      same("the user that the service saw", id, "alice");
      return `200, the service was told x-user: ${id}`;
    },
  },
  {
    name: "no token is refused",
    async run(shop) {
      const response = await askUsers(shop);
      same("status", response.status, 401);
      const challenge = response.headers.get("www-authenticate") ?? "";
      holds(challenge.startsWith("Bearer"), `expected a Bearer challenge, got "${challenge}"`);
      return `401, www-authenticate: ${challenge}`;
    },
  },
  {
    name: "a forged token is refused",
    async run(shop) {
      const response = await askUsers(shop, bearer(shop.tokens.forged));
      same("status", response.status, 401);
      const challenge = response.headers.get("www-authenticate") ?? "";
      holds(challenge.includes("invalid_token"), `expected error="invalid_token", got "${challenge}"`);
      return "401, invalid_token";
    },
  },
  {
    name: "too many requests are refused",
    async run(shop) {
      const seen: number[] = [];
      let retryAfter: string | null = null;
      for (let shot = 0; shot < 7; shot += 1) {
        const response = await askUsers(shop, bearer(shop.tokens.bob));
        seen.push(response.status);
        retryAfter = response.headers.get("retry-after") ?? retryAfter;
      }
      same("statuses", seen.join(" "), "200 200 200 200 200 429 429");
      holds(retryAfter !== null, "expected retry-after with 429, got none");
      return `${seen.join(" ")}, retry-after: ${retryAfter}`;
    },
  },
  {
    name: "the canary is sticky, and a header chooses it",
    async run(shop) {
      same("version with x-canary", await askOrders(shop, { "x-canary": "orders-v2" }), "2");
      const first = await askOrders(shop, {});
      for (let again = 0; again < 10; again += 1) same("version again", await askOrders(shop, {}), first);
      return `version 2 when asked for, version ${first} ten times in a row when not`;
    },
  },
];
