import type { Code } from "../errors.ts";
import { type CheckContext, cleanFields } from "./checks/walk.ts";
import { describeIssue, type Issue, show } from "./issue.ts";
import { type Kind, KNOWN_KINDS, kindRule, meantKind } from "./kinds.ts";
import type { RawDocument } from "./parse.ts";

/** A document that follows its schema and the rules of its kind. */
export interface ConfigDocument {
  readonly kind: Kind;
  /** `default` where the document names none; empty for kinds without namespace. */
  readonly namespace: string;
  readonly name: string;
  /** `HTTPRoute default/shop`: no two accepted documents share it. */
  readonly id: string;
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
  /** Absolute path of the folder that the file is in; what file references are relative to. */
  readonly folder: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What stood in the files that the document names, when it was accepted; by the name in the document. */
  readonly files: ReadonlyMap<string, string>;
}

/** A document that was refused, as far as it could be read. */
export interface RefusedDocument {
  /** Undefined when kind or name could not be made out. */
  readonly id: string | undefined;
  /** What it is meant to be, whatever else is wrong with it. */
  readonly meant?: { readonly kind: Kind; readonly namespace: string } | undefined;
  readonly file: string;
  readonly line: number;
  readonly code: Code;
  /** One sentence per bad field: `routes.yaml:14:9: HTTPRoute default/shop: spec.hostnames: expected …, got …`. */
  readonly problems: readonly string[];
  readonly body: unknown;
  /** Files that it names, relative to its own: what may have to change for it to be accepted. */
  readonly reads: readonly string[];
}

export interface SourcePlace {
  readonly file: string;
  readonly folder: string;
  readonly readBeside: CheckContext["readBeside"];
}

/** Checks one parsed document against its kind. */
export function readDocument(raw: RawDocument, place: SourcePlace): ConfigDocument | RefusedDocument {
  const identity = identify(raw.value);
  const reads: string[] = [];
  const refused = (code: Code, problems: readonly string[]): RefusedDocument => ({
    id: identity?.id,
    meant: meantFor(raw.value),
    file: place.file,
    line: raw.line,
    code,
    problems,
    body: raw.value,
    reads,
  });
  const label = labelOf(raw.value, identity?.id);
  const [syntax] = raw.problems;
  if (syntax !== undefined) {
    const lines = raw.problems.map((each) => `${place.file}:${each.line}:${each.column}: ${label}${each.message}`);
    return refused(syntax.code, lines);
  }
  const files = new Map<string, string>();
  const { code, issues } = findIssues(raw.value, recordReads(place.readBeside, files, reads));
  if (issues.length === 0 && identity !== undefined) {
    const { file, folder } = place;
    return { ...identity, file, folder, files, line: raw.line, body: raw.value as ConfigDocument["body"] };
  }
  const placed = issues.map((issue) => ({ issue, ...raw.locate(issue.path, issue.at) }));
  const ordered = placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = ordered.map(
    (each) => `${place.file}:${each.line}:${each.column}: ${label}${describeIssue(each.issue)}`,
  );
  return refused(code, lines);
}

/** `HTTPRoute default/shop: `, or as much of it as the document says. */
function labelOf(value: unknown, id: string | undefined): string {
  if (id !== undefined) return `${id}: `;
  const { kind, metadata } = isObject(value) ? value : {};
  const name = isObject(metadata) && typeof metadata.name === "string" ? ` ${metadata.name}` : "";
  return typeof kind === "string" ? `${kind}${name}: ` : "";
}

export const isRefused = (document: ConfigDocument | RefusedDocument): document is RefusedDocument =>
  "problems" in document;

export const isAccepted = (document: ConfigDocument | RefusedDocument): document is ConfigDocument =>
  !isRefused(document);

function recordReads(
  read: CheckContext["readBeside"],
  files: Map<string, string>,
  reads: string[],
): CheckContext["readBeside"] {
  return (path) => {
    const result = read(path);
    reads.push(path);
    if (result.ok) files.set(path, result.text);
    return result;
  };
}

function findIssues(value: unknown, readBeside: CheckContext["readBeside"]): { code: Code; issues: Issue[] } {
  if (!isObject(value)) {
    return {
      code: "CONFIG_INVALID",
      issues: [{ path: [], expected: "an object with apiVersion and kind", got: show(value) }],
    };
  }
  const rule = kindRule(value.apiVersion, value.kind);
  if (rule === undefined) {
    const got = value.kind === undefined ? "none" : `${show(value.kind)} of ${show(value.apiVersion)}`;
    return { code: "CONFIG_KIND", issues: [{ path: ["kind"], expected: `one of ${KNOWN_KINDS}`, got }] };
  }
  const schemaIssues = rule.schemaIssues(value);
  const context = { clean: cleanFields(schemaIssues), readBeside };
  return { code: "CONFIG_INVALID", issues: [...schemaIssues, ...rule.check(value, context)] };
}

/** Who a document claims to be, even when the rest of it is wrong, its version included: what it would protect stays shut. */
function identify(value: unknown): Pick<ConfigDocument, "kind" | "namespace" | "name" | "id"> | undefined {
  if (!isObject(value) || !isObject(value.metadata)) return undefined;
  const rule = meantKind(value.apiVersion, value.kind);
  const { name, namespace = "default" } = value.metadata;
  if (rule === undefined || typeof name !== "string" || typeof namespace !== "string") return undefined;
  const id = rule.namespaced ? `${rule.kind} ${namespace}/${name}` : `${rule.kind} ${name}`;
  return { kind: rule.kind, namespace: rule.namespaced ? namespace : "", name, id };
}

/** Also of a document without a good name. */
function meantFor(value: unknown): RefusedDocument["meant"] {
  if (!isObject(value)) return undefined;
  const rule = meantKind(value.apiVersion, value.kind);
  if (rule === undefined) return undefined;
  const namespace = isObject(value.metadata) ? value.metadata.namespace : undefined;
  return { kind: rule.kind, namespace: typeof namespace === "string" ? namespace : "default" };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
