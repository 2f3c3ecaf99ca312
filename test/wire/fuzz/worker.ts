import { parentPort, workerData } from "node:worker_threads";
import { runCampaign } from "./campaign.ts";

parentPort?.postMessage(await runCampaign(workerData));
