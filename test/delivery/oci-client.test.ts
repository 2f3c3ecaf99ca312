import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { describe, test } from "node:test";
import fc from "fast-check";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { parseChallenges } from "../../runtime/delivery/oci/challenge.ts";
import { createOciClient } from "../../runtime/delivery/oci/client.ts";
import { isInternal, isLoopback, parseRegistryUrl, registryOrigin } from "../../runtime/delivery/oci/origin.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { serve } from "./serve.ts";

const code = (expected: string) => (error: unknown) => isHeddleError(error) && error.code === expected;
const BYTES = Buffer.from("hello");
const BLOB = { digest: sha256(BYTES), size: BYTES.length };

describe("what a pull refuses", () => {
  const cases: readonly { name: string; answer: RequestListener; expected: string; patience?: number }[] = [
    {
      name: "other bytes, whatever the header says",
      expected: "DIGEST_MISMATCH",
      answer: (_, response) => response.writeHead(200, { "docker-content-digest": BLOB.digest }).end("HELLO"),
    },
    { name: "fewer bytes", expected: "ARTIFACT_TRUNCATED", answer: (_, response) => response.end("hell") },
    { name: "more bytes", expected: "ARTIFACT_TOO_LARGE", answer: (_, response) => response.end("hello!") },
    {
      name: "a body that breaks off",
      expected: "REGISTRY_UNREACHABLE",
      answer: (_, response) => response.writeHead(200, { "content-length": "5" }).write("he", () => response.destroy()),
    },
    { name: "404", expected: "ARTIFACT_UNKNOWN", answer: (_, response) => response.writeHead(404).end() },
    { name: "403", expected: "REGISTRY_DENIED", answer: (_, response) => response.writeHead(403).end() },
    { name: "500", expected: "REGISTRY_UNREACHABLE", answer: (_, response) => response.writeHead(500).end() },
    { name: "206", expected: "REGISTRY_PROTOCOL", answer: (_, response) => response.writeHead(206).end("hello") },
    {
      name: "401 without a challenge",
      expected: "REGISTRY_DENIED",
      answer: (_, response) => response.writeHead(401).end(),
    },
    {
      name: "a redirect in a circle",
      expected: "REGISTRY_PROTOCOL",
      answer: (request, response) => response.writeHead(307, { location: request.url }).end(),
    },
    {
      name: "a redirect to a file",
      expected: "REGISTRY_PROTOCOL",
      answer: (_, response) => response.writeHead(307, { location: "file:///etc/passwd" }).end(),
    },
    { name: "silence", expected: "REGISTRY_UNREACHABLE", answer: () => {}, patience: 100 },
    {
      name: "a body that stalls",
      expected: "REGISTRY_UNREACHABLE",
      answer: (_, response) => response.write("he"),
      patience: 100,
    },
  ];
  for (const { name, answer, expected, patience = 30_000 } of cases) {
    test(`${name}: ${expected}`, async (t) => {
      const client = createOciClient({
        url: await serve(t, answer),
        idleTimeout: patience,
        totalTimeout: 2 * patience,
      });
      t.after(() => client.close());
      await assert.rejects(client.pullBlob("a/b", BLOB), code(expected));
    });
  }

  test("nobody listening is REGISTRY_UNREACHABLE", async () => {
    await assert.rejects(
      createOciClient({ url: "http://127.0.0.1:1" }).pullBlob("a/b", BLOB),
      code("REGISTRY_UNREACHABLE"),
    );
  });
});

describe("credentials", () => {
  test("a basic challenge gets the token as password", async (t) => {
    const seen: (string | undefined)[] = [];
    const url = await serve(t, (request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization) response.end("hello");
      else response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    });
    const client = createOciClient({ url, token: "secret", username: "me" });
    await client.pullBlob("a/b", BLOB);
    assert.deepEqual(seen, [undefined, `Basic ${Buffer.from("me:secret").toString("base64")}`]);
  });

  test("a bearer challenge sends the client to the token service with service and scope", async (t) => {
    const asked: string[] = [];
    const url: string = await serve(t, (request, response) => {
      if (request.url?.startsWith("/token")) {
        asked.push(request.url);
        return void response.end('{"token":"granted"}');
      }
      if (request.headers.authorization === "Bearer granted") return void response.end("hello");
      const challenge = `Bearer realm="${url}/token",service="r",scope="repository:a/b:pull"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    await createOciClient({ url, token: "secret" }).pullBlob("a/b", BLOB);
    assert.deepEqual(asked, ["/token?service=r&scope=repository%3Aa%2Fb%3Apull"]);
  });

  test("another host gets no credentials on a redirect", async (t) => {
    const seen: (string | undefined)[] = [];
    const storage = await serve(t, (request, response) => {
      seen.push(request.headers.authorization);
      response.end("hello");
    });
    const url = await serve(t, (request, response) => {
      if (!request.headers.authorization) response.writeHead(401, { "www-authenticate": "Basic" }).end();
      else response.writeHead(307, { location: `${storage}/elsewhere` }).end();
    });
    const bytes = await createOciClient({ url, token: "secret" }).pullBlob("a/b", BLOB);
    assert.deepEqual([Buffer.from(bytes).toString(), seen], ["hello", [undefined]]);
  });

  test("an upload location on another host is refused", async (t) => {
    const url = await serve(t, (request, response) => {
      if (request.method === "HEAD") response.writeHead(404).end();
      else response.writeHead(202, { location: "http://192.0.2.1/take-it" }).end();
    });
    await assert.rejects(createOciClient({ url }).pushBlob("a/b", BYTES), code("REGISTRY_PROTOCOL"));
  });
});

test("referrers of a registry without the API come from the fallback tag, page links are followed", async (t) => {
  const manifest = (digit: string) => ({
    mediaType: "m",
    size: 1,
    digest: `sha256:${digit.repeat(64)}`,
    artifactType: "t",
  });
  const fallback = await serve(t, (request, response) => {
    if (request.url === `/v2/a/b/manifests/${BLOB.digest.replace(":", "-")}`) {
      response.end(JSON.stringify({ manifests: [manifest("1"), { ...manifest("2"), artifactType: "u" }] }));
    } else response.writeHead(404).end();
  });
  assert.deepEqual(await createOciClient({ url: fallback }).referrers("a/b", BLOB.digest, "t"), [manifest("1")]);
  const paged = await serve(t, (request, response) => {
    if (request.url?.endsWith("?page=2")) return void response.end(JSON.stringify({ manifests: [manifest("2")] }));
    const link = `<${request.url?.split("?")[0]}?page=2>; rel="next"`;
    response.writeHead(200, { link }).end(JSON.stringify({ manifests: [manifest("1")] }));
  });
  assert.equal((await createOciClient({ url: paged }).referrers("a/b", BLOB.digest, "t")).length, 2);
});

test("a page link that is no URL is the registry's fault, and endless pages end", async (t) => {
  const broken = await serve(t, (_, response) => {
    response.writeHead(200, { link: "<http://[>; rel=next" }).end(JSON.stringify({ manifests: [] }));
  });
  await assert.rejects(createOciClient({ url: broken }).referrers("a/b", BLOB.digest), code("REGISTRY_PROTOCOL"));
  let pages = 0;
  const entry = { mediaType: "m", digest: BLOB.digest, size: 1 };
  const page = JSON.stringify({ manifests: Array.from({ length: 2_000 }, () => entry) });
  const endless = await serve(t, (request, response) => {
    pages += 1;
    response.writeHead(200, { link: `<${request.url}>; rel="next"` }).end(page);
  });
  assert.equal((await createOciClient({ url: endless }).referrers("a/b", BLOB.digest)).length, 10_000);
  assert.equal(pages, 5);
});

test("a signature pushed to a registry without the referrers API is entered under the fallback tag", async (t) => {
  const stored = new Map<string, string>();
  const url = await serve(t, async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const found = stored.get(request.url ?? "");
    if (request.method === "PUT") stored.set(request.url ?? "", text);
    response.writeHead(request.method === "PUT" ? 201 : found ? 200 : 404).end(found);
  });
  const client = createOciClient({ url });
  const pushed = [];
  for (const artifactType of ["t", "u", "t"]) {
    const bytes = Buffer.from(JSON.stringify({ artifactType, subject: { digest: BLOB.digest } }));
    pushed.push(await client.pushManifest("a/b", { bytes, mediaType: "m" }));
  }
  assert.equal(pushed[0], pushed[2]);
  const found = await client.referrers("a/b", BLOB.digest);
  assert.deepEqual(found.map(({ digest }) => digest).sort(), [pushed[0], pushed[1]].sort());
});

describe("origins", () => {
  const hosts: readonly [host: string, loopback: boolean, internal: boolean][] = [
    ["localhost:5000", true, true],
    ["127.9.9.9", true, true],
    ["[::1]:5000", true, true],
    ["10.1.2.3:80", false, true],
    ["169.254.169.254", false, true],
    ["172.31.0.1", false, true],
    ["[fe80::1]", false, true],
    ["[fd00::1]:443", false, true],
    ["172.32.0.1", false, false],
    ["registry.example", false, false],
    ["localhost.example", false, false],
    ["127.0.0.1.example", false, false],
  ];
  for (const [host, loopback, internal] of hosts) {
    test(host, () => {
      assert.deepEqual([isLoopback(host), isInternal(host)], [loopback, internal]);
      assert.equal(registryOrigin(host), `${loopback ? "http" : "https"}://${host}`);
    });
  }

  test("plain http beyond the machine needs to be asked for", () => {
    assert.throws(() => parseRegistryUrl("http://registry.example"), code("CONFIG_INVALID"));
    assert.equal(parseRegistryUrl("http://registry.example", true).host, "registry.example");
    assert.throws(() => parseRegistryUrl("ftp://registry.example"), code("CONFIG_INVALID"));
    assert.throws(() => parseRegistryUrl("registry"), code("CONFIG_INVALID"));
  });
});

describe("challenges", () => {
  test("several schemes, quoted strings, bare tokens", () => {
    const [basic, bearer] = parseChallenges('Basic realm="a \\"b\\", c", Bearer realm="https://x/t",service=r');
    assert.deepEqual([basic?.scheme, basic?.parameters.get("realm")], ["basic", 'a "b", c']);
    assert.deepEqual(
      [...(bearer?.parameters ?? [])],
      [
        ["realm", "https://x/t"],
        ["service", "r"],
      ],
    );
  });

  test("no input makes it throw or hang", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (field) => void parseChallenges(field)));
  });
});
