import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeddleError } from "../errors.ts";
import { createToken, SCOPES, type Scope, type Token } from "../registry/tokens.ts";

/** Where a registry's folder keeps the digests of its tokens, and the secret of the one that it made for its operator. */
const TOKENS = "tokens.json";
const OPERATOR = "operator.token";

/**
 * The tokens of the registry in `dir`. A folder without any gets one with every scope, whose secret is written to
 * `operator.token`, readable by its owner alone.
 */
export function openTokens(dir: string): { tokens: readonly Token[]; operatorFile: string } {
  mkdirSync(dir, { recursive: true });
  const operatorFile = join(dir, OPERATOR);
  if (!existsSync(join(dir, TOKENS))) {
    const { secret, token } = createToken({ name: "operator", scopes: SCOPES });
    writeFileSync(operatorFile, `${secret}\n`, { mode: 0o600 });
    saveTokens(dir, [token]);
  }
  return { tokens: readTokens(dir), operatorFile };
}

/** Adds a token to a registry's folder and returns its secret, which is kept nowhere. Throws USAGE when the name is taken. */
export function addToken(dir: string, { name, scopes }: { name: string; scopes: readonly Scope[] }): string {
  const { tokens } = openTokens(dir);
  if (tokens.some((token) => token.name === name)) {
    throw new HeddleError("USAGE", `expected a new token name, but ${name} exists`, { where: join(dir, TOKENS) });
  }
  const { secret, token } = createToken({ name, scopes });
  saveTokens(dir, [...tokens, token]);
  return secret;
}

function readTokens(dir: string): readonly Token[] {
  const path = join(dir, TOKENS);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as readonly Token[];
  } catch (cause) {
    throw new HeddleError("CONFIG_SYNTAX", "expected a JSON list of tokens", { where: path, cause });
  }
}

function saveTokens(dir: string, tokens: readonly Token[]): void {
  writeFileSync(join(dir, TOKENS), `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
}
