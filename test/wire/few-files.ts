/** Run by a test under `ulimit -n 64`: a proxy that is sent more connections than it can have file descriptors. */
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { converse, readResponses } from "./client.ts";
import { startHeddle } from "./target.ts";

const GET = "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n";
const heddle = await startHeddle();
const first = connect(heddle.port, "127.0.0.1");
let heard = "";
first.on("data", (bytes) => {
  heard += bytes;
});

async function answered(): Promise<boolean> {
  heard = "";
  first.write(GET);
  for (let tries = 0; tries < 1_000 && !heard.endsWith("ok"); tries += 1) await setTimeout(20);
  return heard.endsWith("ok");
}

const before = await answered();
// Clients and proxy share the limit: half of these already leave nothing to accept with.
const failures: string[] = [];
const crowd: Socket[] = Array.from({ length: 80 }, () => {
  const socket = connect(heddle.port, "127.0.0.1");
  socket.on("error", (error: NodeJS.ErrnoException) => failures.push(error.code ?? ""));
  return socket;
});
for (let tries = 0; tries < 1_000 && !failures.includes("EMFILE"); tries += 1) await setTimeout(20);
const exhausted = failures.includes("EMFILE");
const served = before && (await answered());
for (const socket of crowd) socket.destroy();
let recovered = false;
for (let tries = 0; tries < 1_000 && !recovered; tries += 1) {
  await setTimeout(20);
  const { text } = await converse(heddle.port, [GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")]);
  recovered = readResponses(text, ["GET"]).finals[0]?.status === 200;
}
const words = [exhausted && "exhausted", served && "served", recovered && "recovered"].filter((word) => word !== false);
process.stdout.write(`${words.join(", ")} ${JSON.stringify(failures.slice(0, 3))}\n`);
process.exit(words.length === 3 ? 0 : 1);
