import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createToken, findToken, type Scope } from "../../runtime/registry/tokens.ts";
import { errorCode, startRegistry } from "./fixture.ts";

const scoped = Object.fromEntries(
  (["push", "pull", "release", "status"] as const).map((scope) => [
    scope,
    createToken({ name: scope, scopes: [scope] }),
  ]),
) as Record<Scope, ReturnType<typeof createToken>>;
const tokens = Object.values(scoped).map(({ token }) => token);
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`anyone:${secret}`).toString("base64")}` });

const DIGEST = `sha256:${"0".repeat(64)}`;
const actions: [scope: Scope, method: "GET" | "POST" | "PUT" | "DELETE", url: string][] = [
  ["pull", "GET", "/v2/"],
  ["pull", "GET", `/v2/a/blobs/${DIGEST}`],
  ["push", "POST", "/v2/a/blobs/uploads/"],
  ["push", "PUT", "/v2/a/manifests/latest"],
  ["push", "DELETE", "/v2/a/manifests/latest"],
  ["pull", "GET", "/api/v1/mesh/m/desired"],
  ["pull", "GET", "/api/v1/mesh/m/proxies"],
  ["release", "PUT", "/api/v1/mesh/m/desired"],
  ["status", "POST", "/api/v1/mesh/m/status"],
];

describe("access", () => {
  for (const [needed, method, url] of actions) {
    test(`${method} ${url.slice(0, 40)} needs ${needed}`, async () => {
      const { registry, stop } = await startRegistry({ tokens, anonymous: [] });
      const status = async (headers: Record<string, string>) =>
        (await registry.app.inject({ method, url, headers, ...(method !== "GET" && { payload: "{}" }) })).statusCode;
      assert.equal(await status({}), 401);
      assert.equal(await status(bearer("heddle_wrong")), 401);
      for (const [scope, { secret }] of Object.entries(scoped)) {
        const refused = [401, 403].includes(await status(bearer(secret)));
        assert.equal(refused, scope !== needed, `${scope} for ${needed}`);
        assert.equal([401, 403].includes(await status(basic(secret))), scope !== needed, "as a password");
      }
      await stop();
    });
  }

  test("without a token one may read and not write; a wrong token is refused even for reading", async () => {
    const { registry, stop } = await startRegistry({ tokens });
    const ask = (method: "GET" | "POST", url: string, headers = {}) => registry.app.inject({ method, url, headers });
    assert.equal((await ask("GET", "/v2/")).statusCode, 200);
    const denied = await ask("POST", "/v2/a/blobs/uploads/");
    assert.equal(denied.statusCode, 401);
    assert.equal(errorCode(denied), "UNAUTHORIZED");
    assert.match(String(denied.headers["www-authenticate"]), /^Basic realm=/);
    assert.equal((await ask("GET", "/v2/", bearer("heddle_wrong"))).statusCode, 401);
    await stop();
  });

  test("a secret is found by bearer and basic, and by nothing else", () => {
    const { secret, token } = scoped.push;
    assert.equal(findToken(tokens, `bearer ${secret}`), token);
    assert.equal(findToken(tokens, basic(secret).authorization), token);
    for (const header of [
      "",
      secret,
      "Bearer",
      `Bearer ${secret}x`,
      `Digest ${secret}`,
      "Basic !!!",
      `Bearer ${token.digest}`,
    ]) {
      assert.equal(findToken(tokens, header), undefined, header);
    }
    assert.ok(!JSON.stringify(token).includes(secret));
  });
});
