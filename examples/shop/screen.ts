import { type Terminal, table } from "../../runtime/cli/terminal.ts";
import type { Shop } from "./shop.ts";

/** Five things to try, each with what it will show. */
export function attempts(shop: Shop): { what: string; curl: string; shows: string }[] {
  const users = `${shop.urls.users}/users/me`;
  const orders = `${shop.urls.orders}/orders`;
  return [
    {
      what: "allowed",
      curl: `curl -i -H 'authorization: Bearer ${shop.tokens.alice}' ${users}`,
      shows: "200: jwt-auth accepted the token and told the service who is asking",
    },
    { what: "no token", curl: `curl -i ${users}`, shows: "401: www-authenticate says what is missing" },
    {
      what: "wrong signature",
      curl: `curl -i -H 'authorization: Bearer ${shop.tokens.forged}' ${users}`,
      shows: "401 invalid_token: the same claims, signed by somebody else",
    },
    {
      what: "too many",
      curl: `for i in 1 2 3 4 5 6 7; do curl -s -o /dev/null -w '%{http_code} ' -H 'authorization: Bearer ${shop.tokens.bob}' ${users}; done`,
      shows: "200 five times, then 429 with retry-after: five requests a minute for each user",
    },
    {
      what: "canary",
      curl: `curl -s -H 'x-api-key: ${shop.apiKey}' -H 'x-canary: orders-v2' ${orders}`,
      shows: "version 2 with a total; without x-canary, one consumer in ten gets it",
    },
  ];
}

/** What runs where, and what to try. */
export function screen(shop: Shop, terminal: Terminal): string[] {
  const heading = (text: string) => terminal.paint("bold", text);
  const parts = shop.parts.map(({ name, url, pid, does }) => [name, url, `pid ${pid}`, does]);
  const tries = attempts(shop).flatMap(({ what, curl, shows }, index) => [
    `${heading(`${index + 1}. ${what}`)}  ${terminal.paint("dim", shows)}`,
    `   ${curl}`,
    "",
  ]);
  return [
    "",
    heading("The shop is open."),
    "",
    ...table([["PART", "WHERE", "PROCESS", "DOES"], ...parts]).map((line) => `  ${line}`),
    "",
    `  logs, keys and configuration: ${shop.folder}`,
    "",
    heading("Try:"),
    "",
    ...tries,
    `Ctrl-C drains and stops everything. ${terminal.paint("dim", "npm start -- --tour swaps a filter under load.")}`,
  ];
}
