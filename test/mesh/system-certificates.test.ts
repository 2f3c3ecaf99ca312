import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startPart } from "../../examples/shop/part.ts";
import { authority, certificateFor } from "../certificates.ts";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { freePort } from "../free-port.ts";
import { shopDocuments } from "../mesh-documents.ts";
import { secureUpstream } from "../proxy/secure-upstream.ts";
import { HEDDLE } from "./live-mesh.ts";

const POLICY = `apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: app }
spec:
  targetRefs: [{ group: "", kind: Service, name: app }]
  validation: { hostname: app.test, wellKnownCACertificates: System }
`;

/** What a proxy answers on a machine that trusts just these certificates (OpenSSL's SSL_CERT_FILE), before this endpoint. */
async function answer(t: TestContext, trusted: string, backend: number): Promise<number> {
  const dir = temporaryFolder(t);
  const port = await freePort();
  mkdirSync(join(dir, "config"));
  writeFileSync(join(dir, "config", "mesh.yaml"), `${shopDocuments({ port, backend })}${POLICY}`);
  writeFileSync(join(dir, "machine.pem"), trusted);
  const args = ["--config", join(dir, "config"), "--cache", join(dir, "cache"), "--admin", "0", "--json"];
  const env = { SSL_CERT_FILE: join(dir, "machine.pem"), SSL_CERT_DIR: join(dir, "none") };
  const proxy = await startPart({
    ...{ name: "proxy", args: [HEDDLE, "proxy", ...args], env, logFile: join(dir, "log") },
  });
  t.after(() => proxy.kill());
  return (await fetch(`http://127.0.0.1:${port}/`)).status;
}

test("System: an endpoint is taken whose authority the machine trusts, and no other", async (t) => {
  const [own, other] = [authority("The machine's CA"), authority("Another CA")];
  const app = await secureUpstream(t, certificateFor(["app.test"], { issuer: own }));
  assert.equal(await answer(t, `${other.chain}${own.chain}`, app.port), 200);
  assert.equal(await answer(t, other.chain, app.port), 503);
  assert.equal(app.requests.length, 1);
});
