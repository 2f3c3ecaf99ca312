import assert from "node:assert/strict";
import { test } from "node:test";
import { authority, certificateFor } from "../../certificates.ts";
import { LISTENER, snapshot } from "../fixture.ts";
import { secureUpstream, trusting } from "../secure-upstream.ts";
import { callers, startCrew } from "./crew.ts";

test("every thread verifies its endpoints and keeps a session of its own, and all learn whom to trust now", async (t) => {
  const [ca, next] = [authority("Test CA"), authority("Next CA")];
  const app = await secureUpstream(t, certificateFor(["app.test"], { issuer: ca }), {
    protocols: ["http/1.1"],
    handler: (_, response) => void response.writeHead(200, { connection: "close" }).end("bye"),
  });
  const clusters = { "test/app:80": [app.port] };
  const { fleet, lines } = await startCrew(t, 2, snapshot({ clusters, tls: trusting(ca) }));
  const clients = callers(t, fleet.address(LISTENER).port, 24);
  const statuses = async (): Promise<number[]> => {
    const found: number[] = [];
    for (const client of clients) found.push(await client.ask());
    return [...new Set(found)];
  };
  assert.deepEqual([await statuses(), await statuses()], [[200], [200]]);
  assert.equal(app.connections.length, 48);
  assert.equal(app.connections.filter(({ isResumed }) => !isResumed).length, 2);

  await fleet.apply(snapshot({ clusters, tls: trusting(next), generation: 2 }));
  assert.deepEqual(await statuses(), [503]);
  app.show(certificateFor(["app.test"], { issuer: next }));
  await fleet.apply(snapshot({ clusters, tls: { ...trusting(next), policy: "default/next" }, generation: 3 }));
  assert.deepEqual(await statuses(), [200]);
  assert.equal(app.requests.length, 72);
  while (lines.length < 96) await new Promise((resolve) => setImmediate(resolve));
  const refused = lines.map((line) => JSON.parse(line)).filter(({ status }) => status === 503);
  assert.deepEqual([refused.length, refused.every(({ detail }) => /^tls_verify: /.test(detail))], [24, true]);
});
