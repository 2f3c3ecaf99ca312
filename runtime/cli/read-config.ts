import { readFile } from "node:fs/promises";
import { parseDocuments } from "../config/parse.ts";
import { HeddleError, messageOf } from "../errors.ts";

/**
 * A filter's configuration from a file of YAML or JSON; that of an empty file is {}.
 *
 * @throws USAGE when it cannot be read; CONFIG_SYNTAX, with the line
 */
export async function readConfig(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new HeddleError("USAGE", `expected a configuration, but ${messageOf(cause)}`, { where: file, cause });
  });
  const [document] = parseDocuments(text);
  const [problem] = document?.problems ?? [];
  if (problem === undefined) return document?.value ?? {};
  throw new HeddleError("CONFIG_SYNTAX", problem.message, { where: `${file}:${problem.line}` });
}
