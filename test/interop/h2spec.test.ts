import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { certificateFor } from "../certificates.ts";
import { findPeer, skipWithout } from "../peer.ts";
import { LISTENER, snapshot, start, upstream } from "../proxy/fixture.ts";

/** Where nghttp2, and with it every server on it, is more lenient than the strict suite (reliability.md 2.3). */
const LENIENT: ReadonlySet<string> = new Set([
  "5.1 8",
  "5.1 9",
  "5.1 11",
  "5.1 12",
  "5.1.1 2",
  "5.3.1 2",
  "6.3 1",
  "6.7 2",
  "6.9.1 2",
  "6.9.1 3",
]);

/** Without TLS the port speaks HTTP/1.1 too: what is not the preface of HTTP/2 gets a 400 of that. */
const LENIENT_IN_CLEAR_TEXT: ReadonlySet<string> = new Set([...LENIENT, "3.5 2"]);

interface Verdicts {
  readonly passed: number;
  readonly failed: string[];
}

/**
 * A proxy in front of an HTTP/1.1 backend that answers every request, once it has it whole: an answer before that may end
 * the stream (RFC 9113 section 8.1) before the frame that a case is about has come.
 */
async function proxyPort(t: TestContext, secure: boolean): Promise<number> {
  const backend = await upstream(t, (request, response) => {
    request.resume().on("end", () => response.end("x".repeat(2_000)));
  });
  const given = snapshot({ clusters: { "test/app:80": [backend] } });
  const { chain, key } = certificateFor(["localhost"]);
  const tls = { certificates: [{ name: "test/h2spec", chain, key, hosts: ["localhost"], notAfter: 0 }] };
  const listeners = given.listeners.map((each) => (secure ? { ...each, tls } : each));
  const { proxy } = await start(t, { ...given, listeners });
  return proxy.address(LISTENER).port;
}

async function h2spec(t: TestContext, args: readonly string[]): Promise<Verdicts> {
  const folder = await mkdtemp(join(tmpdir(), "heddle-h2spec-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const report = join(folder, "report.xml");
  await new Promise<void>((resolve) => {
    execFile(findPeer("h2spec") as string, [...args, "--junit-report", report], () => resolve());
  });
  return read(await readFile(report, "utf8"));
}

/** A suite names its section in `id`, and its cases stand in the order of their numbers. */
function read(report: string): Verdicts {
  const failed: string[] = [];
  let passed = 0;
  for (const [, section = "", cases = ""] of report.matchAll(
    /<testsuite [^>]*id="([^"]*)"[^>]*>([\s\S]*?)<\/testsuite>/g,
  )) {
    const found = [...cases.matchAll(/<testcase [^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
    for (const [index, [, inside = ""]] of found.entries()) {
      if (/<(?:failure|error)/.test(inside)) failed.push(`${section} ${index + 1}`);
      else if (!/<skipped/.test(inside)) passed += 1;
    }
  }
  return { passed, failed };
}

/**
 * The cases that fail, and fail again when each is asked alone: h2spec writes the frames of a case one by one, so on a busy
 * machine the answer to the first can overtake the frame that is wrong.
 */
async function unexpected(t: TestContext, failed: readonly string[], args: readonly string[]): Promise<string[]> {
  const still: string[] = [];
  for (const each of failed) {
    const [section, index] = each.split(" ");
    let passed = 0;
    for (let attempt = 0; attempt < 3 && passed === 0; attempt += 1) {
      ({ passed } = await h2spec(t, [...args, `http2/${section}/${index}`]));
    }
    if (passed === 0) still.push(each);
  }
  return still;
}

describe("h2spec --strict", { skip: skipWithout("h2spec"), concurrency: true }, () => {
  for (const secure of [false, true]) {
    test(secure ? "over TLS" : "in clear text", async (t) => {
      const port = await proxyPort(t, secure);
      const how = secure ? ["--tls", "--insecure"] : [];
      const args = ["--strict", "--timeout", "2", "-h", "127.0.0.1", "-p", String(port), ...how];
      const { passed, failed } = await h2spec(t, args);
      const lenient = secure ? LENIENT : LENIENT_IN_CLEAR_TEXT;
      const others = failed.filter((each) => !lenient.has(each));
      assert.deepEqual(await unexpected(t, others, args), []);
      assert.ok(passed > 130, `${passed} passed`);
    });
  }
});
