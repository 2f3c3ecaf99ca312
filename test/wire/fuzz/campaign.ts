import { type Random, randomNumbers } from "./numbers.ts";
import { requestStream } from "./request-grammar.ts";
import { RequestLane } from "./request-lane.ts";
import { responseStream } from "./response-grammar.ts";
import { ResponseLane } from "./response-lane.ts";

/** What carries streams, one behind the other. */
interface Lane {
  run(
    stream: string,
    random: Random,
  ): Promise<{ readonly faults: readonly string[]; readonly stricter: string | undefined }>;
  close(): Promise<void>;
}

export interface Campaign {
  /** Mutated requests of a client, or mutated responses of a backend. */
  readonly of: "requests" | "responses";
  /** The client's side: real sockets, or streams in memory, which are three times as fast. */
  readonly over: "tcp" | "memory";
  readonly seed: number;
  readonly streams: number;
  readonly lanes?: number;
  /** The number of the first stream: one alone runs again by its number. */
  readonly first?: number;
}

const KINDS = {
  requests: { grammar: requestStream, start: (over: Campaign["over"]): Promise<Lane> => RequestLane.start(over) },
  responses: { grammar: responseStream, start: (over: Campaign["over"]): Promise<Lane> => ResponseLane.start(over) },
};

export interface Fault {
  readonly number: number;
  readonly stream: string;
  readonly faults: readonly string[];
  /** Whether it came back on a lane of its own. */
  readonly alone: boolean;
}

export interface Report {
  readonly streams: number;
  readonly faults: readonly Fault[];
  /** Times that each reason refused what a strict reader would take. */
  readonly stricter: ReadonlyMap<string, number>;
  readonly seconds: number;
}

/** Distinct faults after which a campaign gives up. */
const ENOUGH = 20;

/** The stream of a number depends on the seed and the number only. */
export function streamOf({ seed, of }: Pick<Campaign, "seed" | "of">, number: number): [string, Random] {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  return [KINDS[of].grammar(random), random];
}

export async function runCampaign(campaign: Campaign): Promise<Report> {
  const { streams, of, over, lanes = 4, first = 0 } = campaign;
  const { start } = KINDS[of];
  const began = performance.now();
  const faults: Fault[] = [];
  const stricter = new Map<string, number>();
  const numbers = Array.from({ length: streams }, (_, index) => first + index).values();
  const work = async () => {
    let lane = await start(over);
    for (const number of numbers) {
      if (faults.length >= ENOUGH) break;
      const verdict = await lane.run(...streamOf(campaign, number));
      if (verdict.stricter !== undefined) stricter.set(verdict.stricter, (stricter.get(verdict.stricter) ?? 0) + 1);
      if (verdict.faults.length === 0) continue;
      await lane.close();
      lane = await start(over);
      const again = await lane.run(...streamOf(campaign, number));
      const [stream] = streamOf(campaign, number);
      faults.push({ number, stream, faults: verdict.faults, alone: again.faults.length > 0 });
    }
    await lane.close();
  };
  await Promise.all(Array.from({ length: lanes }, work));
  return { streams, faults, stricter, seconds: (performance.now() - began) / 1_000 };
}

/** Without what can be told apart by a glance. */
export function shown({ number, stream, faults, alone }: Fault): string {
  return `stream ${number}${alone ? "" : " (not alone)"}: ${JSON.stringify(stream)}\n    ${faults.join("\n    ")}`;
}
