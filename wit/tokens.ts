/** A WIT file as words and signs. Doc comments are handed out where a declaration begins. */
export interface Tokens {
  done(): boolean;
  next(): string;
  /** Takes the next token if it is this one. */
  accept(token: string): boolean;
  expect(token: string): void;
  /** Takes the doc comment before the next token: its text, or "". */
  docs(): string;
  /** Comma-separated items between two signs; a trailing comma is allowed. */
  list<Item>(open: string, close: string, item: () => Item): Item[];
  fail(message: string): never;
}

interface Token {
  readonly text: string;
  readonly line: number;
}

const TOKEN = /\/\/.*|->|[a-zA-Z][a-zA-Z0-9]*(?:-[a-zA-Z0-9]+)*|\d+(?:\.\d+)*|\S/g;

export function tokenize(source: string): Tokens {
  const all = source.split("\n").flatMap((text, index) => lineTokens(text, index + 1));
  let at = 0;

  const fail = (message: string): never => {
    throw new SyntaxError(`wit line ${all[Math.min(at, all.length) - 1]?.line ?? 1}: ${message}`);
  };
  const docs = (): string => {
    const lines: string[] = [];
    for (; all[at]?.text.startsWith("//"); at++) lines.push((all[at]?.text ?? "").replace(/^\/+ ?/, ""));
    return lines.join("\n");
  };
  const next = (): string => {
    docs();
    return all[at++]?.text ?? fail("the file ends too early");
  };
  const accept = (token: string): boolean => {
    let ahead = at;
    while (all[ahead]?.text.startsWith("//")) ahead++;
    if (all[ahead]?.text !== token) return false;
    at = ahead + 1;
    return true;
  };
  const expect = (token: string): void => {
    const got = next();
    if (got !== token) fail(`expected ${token}, got ${got}`);
  };
  const list = <Item>(open: string, close: string, item: () => Item): Item[] => {
    const items: Item[] = [];
    expect(open);
    while (!accept(close)) {
      items.push(item());
      if (!accept(",")) {
        expect(close);
        break;
      }
    }
    return items;
  };
  return { done: () => at >= all.length, next, accept, expect, docs, list, fail };
}

/** Plain comments are dropped here; doc comments (`///`) are tokens. */
function lineTokens(text: string, line: number): Token[] {
  const found = (text.match(TOKEN) ?? []).map((token) => ({ text: token, line }));
  return found.filter((token) => !token.text.startsWith("//") || token.text.startsWith("///"));
}
