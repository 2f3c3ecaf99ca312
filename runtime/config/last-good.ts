import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Code, messageOf } from "../errors.ts";
import type { CheckContext } from "./checks/walk.ts";
import { type ConfigDocument, isAccepted, isRefused, type RefusedDocument, readDocument } from "./document.ts";
import type { SourceFile } from "./folder.ts";
import { parseDocuments, type RawDocument } from "./parse.ts";

/** A document or file that was refused, and what became of its earlier version. */
export interface Rejection {
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
  /** `HTTPRoute default/shop`; undefined when it could not be made out. */
  readonly document: string | undefined;
  readonly code: Code;
  /** One sentence per bad field, each with its place: `routes.yaml:14:9: HTTPRoute default/shop: spec…: expected …, got …`. */
  readonly problems: readonly string[];
  /** Whether the last good version of it still applies. */
  readonly kept: boolean;
}

export interface Accepted {
  readonly documents: readonly ConfigDocument[];
  readonly rejections: readonly Rejection[];
  /** Refused documents of which no good version was ever seen. */
  readonly lost: readonly RefusedDocument[];
  readonly refused: readonly RefusedDocument[];
  readonly parsed: ParsedFiles;
}

/** Files as they were parsed, so that those whose text has not changed need not be parsed again. */
export type ParsedFiles = ReadonlyMap<string, { readonly text: string; readonly documents: readonly RawDocument[] }>;

/**
 * Accepts what is good, document by document. A refused document keeps its last good version; a file that cannot be
 * read, or a document that does not say who it is, keeps everything that came from its file. What is gone is gone.
 */
export function acceptFiles(
  files: readonly SourceFile[],
  previous: readonly ConfigDocument[],
  known: ParsedFiles = new Map(),
): Accepted {
  const parsed = parseFiles(files, known);
  const read = files.map((source) => readSource(source, parsed));
  const good = read.flatMap(({ documents }) => documents);
  const refused = read.flatMap((each) => each.refused);
  const lastGood = new Map(previous.map((document) => [document.id, document]));
  const { chosen, repeats } = chooseOne(good, lastGood);
  for (const { id, file } of refused) {
    for (const old of previous) {
      const same = id === undefined ? old.file === file : old.id === id;
      if (same && !chosen.has(old.id)) chosen.set(old.id, old);
    }
  }
  const all = [...refused, ...repeats];
  const isGood = new Set(good.map(({ id }) => id));
  // A document without a name takes the place of none that is there as it was.
  const wasOne = (old: ConfigDocument, { file, meant }: RefusedDocument) =>
    old.file === file && (meant === undefined || (old.kind === meant.kind && !isGood.has(old.id)));
  const isKept = (each: RefusedDocument) =>
    each.id === undefined ? previous.some((old) => wasOne(old, each)) : chosen.has(each.id);
  return {
    documents: [...chosen.values()],
    rejections: all.map((each) => toRejection(each, isKept(each))),
    lost: refused.filter((each) => !isKept(each)),
    refused,
    parsed,
  };
}

interface ReadResult {
  readonly documents: readonly ConfigDocument[];
  readonly refused: readonly RefusedDocument[];
}

function parseFiles(files: readonly SourceFile[], known: ParsedFiles): ParsedFiles {
  const parsed = new Map<string, { text: string; documents: readonly RawDocument[] }>();
  for (const { file, content } of files) {
    if (!content.ok) continue;
    const before = known.get(file);
    const same = before?.text === content.text;
    parsed.set(file, same ? before : { text: content.text, documents: parseDocuments(content.text) });
  }
  return parsed;
}

function readSource({ file, folder, content }: SourceFile, parsed: ParsedFiles): ReadResult {
  if (!content.ok) {
    const problems = [`${file}: ${content.reason}`];
    return {
      documents: [],
      refused: [{ id: undefined, file, line: 1, code: content.code, problems, body: undefined, reads: [] }],
    };
  }
  const place = { file, folder, readBeside: readerIn(folder) };
  const read = (parsed.get(file)?.documents ?? []).map((raw) => readDocument(raw, place));
  return { documents: read.filter(isAccepted), refused: read.filter(isRefused) };
}

const MAX_BESIDE = 64 * 1024;

function readerIn(folder: string): CheckContext["readBeside"] {
  return (path) => {
    try {
      const absolute = resolve(folder, path);
      const { size } = statSync(absolute);
      if (size > MAX_BESIDE) return { ok: false, reason: `${size} bytes; at most ${MAX_BESIDE}` };
      return { ok: true, text: readFileSync(absolute, "utf8") };
    } catch (error) {
      return { ok: false, reason: messageOf(error) };
    }
  };
}

/** Of several documents with one identity the one that was there before stays, else the first; the others are refused. */
function chooseOne(
  good: readonly ConfigDocument[],
  lastGood: ReadonlyMap<string, ConfigDocument>,
): { chosen: Map<string, ConfigDocument>; repeats: RefusedDocument[] } {
  const chosen = new Map<string, ConfigDocument>();
  const repeats: RefusedDocument[] = [];
  for (const [id, same] of Map.groupBy(good, (document) => document.id)) {
    const owner = same.find(({ file }) => file === lastGood.get(id)?.file) ?? (same[0] as ConfigDocument);
    chosen.set(id, owner);
    for (const repeat of same) if (repeat !== owner) repeats.push(refuseRepeat(repeat, owner));
  }
  return { chosen, repeats };
}

function refuseRepeat(repeat: ConfigDocument, owner: ConfigDocument): RefusedDocument {
  const { id, file, line, body } = repeat;
  const place = `${owner.file}:${owner.line}`;
  const problems = [
    `${file}:${line}:1: ${id}: expected one document of this kind and name, got another; ${place} is used`,
  ];
  return { id, file, line, code: "CONFIG_DUPLICATE", problems, body, reads: [] };
}

function toRejection({ id, file, line, code, problems }: RefusedDocument, kept: boolean): Rejection {
  return { file, line, document: id, code, problems, kept };
}
