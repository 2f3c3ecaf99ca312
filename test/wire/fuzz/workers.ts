import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Campaign, Report } from "./campaign.ts";

/** Shares a campaign out to as many threads as there are cores. */
export async function runOnAllCores(campaign: Campaign): Promise<Report> {
  const { streams, first = 0 } = campaign;
  const threads = Math.max(1, Math.min(availableParallelism(), 16));
  const share = Math.ceil(streams / threads);
  const parts = Array.from({ length: threads }, (_, index) => ({
    ...campaign,
    first: first + index * share,
    streams: Math.max(0, Math.min(share, streams - index * share)),
  }));
  const reports = await Promise.all(parts.map(runInThread));
  const stricter = new Map<string, number>();
  for (const [reason, count] of reports.flatMap((report) => [...report.stricter])) {
    stricter.set(reason, (stricter.get(reason) ?? 0) + count);
  }
  return {
    streams,
    faults: reports.flatMap((report) => report.faults),
    stricter,
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
  };
}

function runInThread(campaign: Campaign): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: campaign });
    worker.once("message", resolve).once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread ended with ${code}`)));
  });
}
