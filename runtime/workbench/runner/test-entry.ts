// A process that runs the tests of one filter, as `test-process.ts` tells it to.
import { buildElsewhere } from "../build-cache.ts";
import "../index.ts";
import { countedRuns } from "../line-coverage/counted-runs.ts";
import { finishSnapshots } from "../snapshots/snapshot-session.ts";
import type { FromTests, TestOrder, TestResult, ToTests } from "./messages.ts";
import { createRemoteBuild } from "./remote-build.ts";
import { runCaseFiles } from "./run-case-files.ts";
import { runTestFiles } from "./run-test-files.ts";
import { warmUp } from "./warm-up.ts";

Error.stackTraceLimit = 50;

/** Whether the tests end when this process has nothing more to do. */
let endsByItself = false;
const remote = createRemoteBuild((id, folder) => {
  say({ kind: "build", id, folder });
  hold();
});
buildElsewhere(remote.build);

process.on("message", (message: ToTests) => {
  if (message.kind === "run") void run(message.order);
  else if (message.kind === "warm") warming = warmUp(message.folder);
  else {
    remote.take(message);
    hold();
  }
});

let warming: Promise<void> | undefined;

/** To wait for a build is to have something to do. */
function hold(): void {
  if (endsByItself && !remote.waits) process.channel?.unref();
  else process.channel?.ref();
}

async function run(order: TestOrder): Promise<void> {
  const failed = new Set<string>();
  const onResult = (result: TestResult): void => {
    if (result.outcome === "fail") failed.add(result.file);
    say({ kind: "result", result });
  };
  await warming;
  await runCaseFiles(order, onResult);
  endsByItself = true;
  hold();
  await runTestFiles(order, onResult);
  // A test that failed may not have come to its snapshots.
  const snapshots = finishSnapshots((file) => order.name === undefined && !failed.has(file));
  say({ kind: "end", end: { snapshots, coverage: countedRuns() } }, () => process.exit(0));
}

function say(message: FromTests, then: () => void = () => {}): void {
  process.send?.(message, then);
}
