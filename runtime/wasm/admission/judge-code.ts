import type { Reader } from "../binary/reader.ts";
import { BodyJudge } from "./judge-body.ts";
import type { ModuleFacts } from "./module-facts.ts";

/** Every function body, in one pass. */
export function judgeCode(section: Reader, facts: ModuleFacts): void {
  const own = facts.functions.length - facts.importedFunctions;
  const count = section.u32();
  if (count !== own) section.fail(`expected the bodies of ${own} functions, got ${count}`);
  facts.leafCosts = new Uint32Array(facts.functions.length);
  const judge = new BodyJudge(section, facts);
  for (let index = facts.importedFunctions; index < facts.functions.length; index++) judge.body(index);
}
