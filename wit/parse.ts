import type { Contract, EnumType, Field, Interface, Primitive, RecordType, WitFunction, WitType } from "./contract.ts";
import { type Tokens, tokenize } from "./tokens.ts";

const PRIMITIVES: ReadonlySet<string> = new Set<Primitive>(["bool", "u8", "u32", "f64", "string"]);

type Declared = Map<string, EnumType | RecordType>;

/**
 * Parses one WIT file with one package, interfaces and one world: the subset that `policy.wit` is written in.
 *
 * @throws SyntaxError with the line, for anything outside the subset.
 */
export function parseWit(source: string): Contract {
  const tokens = tokenize(source);
  const { name, version } = packageHeader(tokens);
  const interfaces: Interface[] = [];
  let world = { imports: [] as string[], exports: [] as string[] };
  while (!tokens.done()) {
    const docs = tokens.docs();
    const keyword = tokens.next();
    if (keyword === "interface") interfaces.push(interfaceBody(tokens, docs));
    else if (keyword === "world") world = worldBody(tokens);
    else tokens.fail(`expected interface or world, got ${keyword}`);
  }
  return { name, version, interfaces, ...world };
}

function packageHeader(tokens: Tokens): { name: string; version: string } {
  tokens.docs();
  tokens.expect("package");
  const namespace = tokens.next();
  tokens.expect(":");
  const name = `${namespace}:${tokens.next()}`;
  tokens.expect("@");
  const version = tokens.next();
  tokens.expect(";");
  return { name, version };
}

function interfaceBody(tokens: Tokens, docs: string): Interface {
  const name = tokens.next();
  const declared: Declared = new Map();
  const functions: WitFunction[] = [];
  tokens.expect("{");
  while (!tokens.accept("}")) {
    const memberDocs = tokens.docs();
    const word = tokens.next();
    if (word === "enum") declare(declared, enumBody(tokens, memberDocs));
    else if (word === "record") declare(declared, recordBody(tokens, memberDocs, declared));
    else functions.push(functionBody(tokens, word, memberDocs, declared));
  }
  return { name, docs, types: [...declared.values()], functions };
}

function declare(declared: Declared, type: EnumType | RecordType): void {
  declared.set(type.name, type);
}

function enumBody(tokens: Tokens, docs: string): EnumType {
  const name = tokens.next();
  const cases = tokens.list("{", "}", () => tokens.next());
  return { kind: "enum", name, docs, cases };
}

function recordBody(tokens: Tokens, docs: string, declared: Declared): RecordType {
  const name = tokens.next();
  return { kind: "record", name, docs, fields: tokens.list("{", "}", () => field(tokens, declared)) };
}

function field(tokens: Tokens, declared: Declared): Field {
  tokens.docs();
  const name = tokens.next();
  tokens.expect(":");
  return { name, type: type(tokens, declared) };
}

function functionBody(tokens: Tokens, name: string, docs: string, declared: Declared): WitFunction {
  tokens.expect(":");
  tokens.expect("func");
  const params = tokens.list("(", ")", () => field(tokens, declared));
  const result = tokens.accept("->") ? type(tokens, declared) : undefined;
  tokens.expect(";");
  return { name, docs, params, result };
}

function type(tokens: Tokens, declared: Declared): WitType {
  const word = tokens.next();
  if (PRIMITIVES.has(word)) return { kind: word as Primitive };
  if (word === "list" || word === "option")
    return { kind: word, item: typeArguments(tokens, declared, 1)[0] as WitType };
  if (word === "tuple") return { kind: word, items: typeArguments(tokens, declared) as WitType[] };
  if (word === "result") {
    const [ok, error] = typeArguments(tokens, declared, 2);
    return { kind: word, ok, error };
  }
  return declared.get(word) ?? tokens.fail(`unknown type ${word}`);
}

function typeArguments(tokens: Tokens, declared: Declared, count?: number): (WitType | undefined)[] {
  const items = tokens.list("<", ">", () => (tokens.accept("_") ? undefined : type(tokens, declared)));
  if (count !== undefined && items.length !== count)
    tokens.fail(`expected ${count} type arguments, got ${items.length}`);
  return items;
}

function worldBody(tokens: Tokens): { imports: string[]; exports: string[] } {
  const imports: string[] = [];
  const exports: string[] = [];
  tokens.next();
  tokens.expect("{");
  while (!tokens.accept("}")) {
    tokens.docs();
    const keyword = tokens.next();
    if (keyword !== "import" && keyword !== "export") tokens.fail(`expected import or export, got ${keyword}`);
    (keyword === "import" ? imports : exports).push(tokens.next());
    tokens.expect(";");
  }
  return { imports, exports };
}
