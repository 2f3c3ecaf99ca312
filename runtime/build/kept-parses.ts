import type { ExportStatement, ImportStatement, Node, Parser, Program, Source } from "assemblyscript";
import * as assemblyscript from "assemblyscript";

// The compiler declares it as a const enum, which type stripping cannot inline, but exports it as an object too.
const { NodeKind } = assemblyscript as unknown as { NodeKind: Record<"Import" | "Export", number> };

/** The parts of the compiler's parser that a parse leaves something in; it declares some of them as internal. */
interface ParserState {
  readonly diagnostics: readonly unknown[];
  readonly backlog: string[];
  readonly seenlog: Set<string>;
  readonly donelog: Set<string>;
  readonly dependees: Map<string, { readonly source: Source; readonly reportNode: Node }>;
  readonly sources: Source[];
  currentSource: Source | null;
  parseFile(text: string | null, path: string, isEntry: boolean): void;
}

const LIBRARY = "~lib/";
/** By path, and whether it is an entry. */
const kept = new Map<string, Source>();

/**
 * A compiler transform that parses files of the compiler's library and of the SDK once in this process: that is half of the
 * time of a draft. A later compilation takes the same tree, in which the compiler changes nothing but an index that is set
 * back here; drafts are therefore the same bytes whether or not something was kept (a test compares them).
 */
export class KeptParses {
  /** Set by the compiler before it makes one. */
  declare readonly program: Program;

  constructor() {
    keepParses(this.program.parser as unknown as ParserState);
  }
}

/** After a compilation that was broken off, trees may be halfway. */
export function forgetParses(): void {
  kept.clear();
}

function keepParses(parser: ParserState): void {
  const parse = parser.parseFile.bind(parser) as Parser["parseFile"];
  parser.parseFile = (text, path, isEntry) => {
    const key = `${path} ${isEntry}`;
    const known = kept.get(key);
    if (known !== undefined && known.text === text) {
      takeUp(parser, known);
      return;
    }
    const before = { sources: parser.sources.length, diagnostics: parser.diagnostics.length };
    parse(text, path, isEntry);
    const source = parser.sources[before.sources];
    const isGood = source !== undefined && parser.diagnostics.length === before.diagnostics;
    if (isGood && path.startsWith(LIBRARY)) kept.set(key, source);
  };
}

/** Leaves in a parser what parsing this source would have left. */
function takeUp(parser: ParserState, source: Source): void {
  const { internalPath } = source;
  if (parser.donelog.has(internalPath)) return;
  parser.donelog.add(internalPath);
  parser.seenlog.add(internalPath);
  source.debugInfoIndex = -1;
  parser.sources.push(source);
  parser.currentSource = source;
  for (const statement of source.statements) {
    const { internalPath: wanted, path } = statement as ImportStatement | ExportStatement;
    if (!isReference(statement) || path === null || wanted === null || parser.seenlog.has(wanted)) continue;
    parser.dependees.set(wanted, { source, reportNode: path });
    parser.backlog.push(wanted);
    parser.seenlog.add(wanted);
  }
}

function isReference({ kind }: Node): boolean {
  return kind === NodeKind.Import || kind === NodeKind.Export;
}
