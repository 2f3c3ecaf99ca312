import { parseDuration } from "../../config/duration.ts";
import { describeIssue, type FieldPath, type Issue, show } from "../../config/issue.ts";
import { parseDocuments, type RawDocument } from "../../config/parse.ts";
import { compileSchema } from "../../config/schema-issues.ts";
import { HeddleError } from "../../errors.ts";
import type { FakeHeaders, FakeRequest } from "../fake-exchange.ts";
import type { MountOptions } from "../mount-filter.ts";
import type { FakeResponse } from "../run-exchange.ts";
import { CASES_SCHEMA } from "./case-schema.ts";
import type { CaseStep, Expectation, FilterCase, Wanted } from "./filter-case.ts";

type Bytes = string | { readonly json?: unknown; readonly base64?: string };

interface Message {
  readonly headers?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  readonly body?: Bytes;
  readonly chunks?: readonly Bytes[];
}

type Scalar = string | number | boolean;

interface Setup {
  readonly config?: object;
  readonly clock?: string;
  readonly keySets?: Readonly<Record<string, object>>;
  readonly grants?: readonly string[];
  readonly sensitiveHeaders?: readonly string[];
  readonly http?: Readonly<Record<string, Message & { readonly status?: number; readonly error?: string }>>;
  readonly store?: Readonly<Record<string, string>>;
  readonly quota?: Readonly<Record<string, number>>;
}

interface Step {
  readonly advance?: string;
  readonly request?: Message & Omit<FakeRequest, keyof Message>;
  readonly response?: Message & { readonly status?: number };
  readonly expect?: Expectation;
  readonly snapshot?: boolean;
}

interface Case extends Setup, Step {
  readonly name: string;
  readonly refused?: Wanted;
  readonly steps?: readonly Step[];
}

const check = compileSchema(CASES_SCHEMA);

/**
 * Reads a `*.cases.yaml`: documents with a setup and a list of cases each.
 *
 * @param file as messages should name it
 * @throws CASES_INVALID that names line and field of everything that is wrong
 */
export function parseCases(text: string, file: string): FilterCase[] {
  const documents = parseDocuments(text);
  const problems = documents.flatMap((document) => problemsOf(document, file));
  if (documents.length === 0) problems.push(`${file}:1: expected a list of cases, got an empty file`);
  if (problems.length > 0) throw new HeddleError("CASES_INVALID", problems.join("\n"), { where: file });
  const cases = documents.flatMap((document) => readDocument(document));
  const twice = cases.find(({ name }, at) => cases.findIndex((one) => one.name === name) !== at);
  if (twice === undefined) return cases;
  const problem = `${file}:${twice.line}: expected names that differ, got ${JSON.stringify(twice.name)} twice`;
  throw new HeddleError("CASES_INVALID", problem, { where: file });
}

function problemsOf(document: RawDocument, file: string): string[] {
  if (document.problems.length > 0) return document.problems.map(({ line, message }) => `${file}:${line}: ${message}`);
  const { value } = document;
  const issues = [...check(value), ...contradictions(value), ...brokenPatterns(value, [])];
  return issues.map((issue) => `${file}:${document.locate(issue.path, issue.at).line}: ${describeIssue(issue)}`);
}

/** What the schema cannot say, of a document that follows it or not. */
function contradictions(value: unknown): Issue[] {
  const { cases } = (value ?? {}) as { cases?: unknown };
  if (!Array.isArray(cases)) return [];
  return (cases as (Partial<Case> | null)[]).flatMap((one, at): Issue[] => {
    const path = ["cases", at];
    if (one === null || typeof one !== "object") return [];
    if (one.refused !== undefined && (one.steps ?? one.request ?? one.response ?? one.expect) !== undefined) {
      return [{ path: [...path, "refused"], at: "key", expected: "no exchange beside refused" }];
    }
    if (one.steps !== undefined && (one.request ?? one.response ?? one.expect ?? one.snapshot) !== undefined) {
      return [{ path: [...path, "steps"], at: "key", expected: "either steps or one exchange, not both" }];
    }
    return one.refused === undefined && one.steps === undefined && (one.expect ?? one.snapshot) === undefined
      ? [{ path, expected: "expect, snapshot, steps or refused", got: "a case that expects nothing" }]
      : [];
  });
}

function brokenPatterns(value: unknown, path: FieldPath): Issue[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): Issue[] => {
    const at = [...path, Array.isArray(value) ? Number(name) : name];
    if (name !== "matches" || typeof inner !== "string" || isPattern(inner)) return brokenPatterns(inner, at);
    return [{ path: at, expected: "a regular expression", got: show(inner) }];
  });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}

function readDocument(document: RawDocument): FilterCase[] {
  const { cases, ...common } = document.value as Setup & { cases: Case[] };
  const lineOf = (path: FieldPath): number => document.locate(path).line;
  return cases.map((one, at) => {
    const path = ["cases", at];
    return {
      name: one.name,
      line: lineOf(path),
      setup: setupOf({ ...common, ...withoutUndefined(one) }),
      refused: one.refused,
      steps: stepsOf(one, path),
      lineOf,
    };
  });
}

function setupOf({ clock, http, ...rest }: Setup): MountOptions {
  const { config, keySets, grants, sensitiveHeaders, store, quota } = rest;
  return withoutUndefined({
    ...{ config, keySets, grants, sensitiveHeaders, store, quota },
    now: clock && Date.parse(clock),
    http: http && Object.fromEntries(Object.entries(http).map(([name, answer]) => [name, messageOf(answer)])),
  }) as MountOptions;
}

function stepsOf(one: Case, path: FieldPath): CaseStep[] {
  if (one.refused !== undefined) return [];
  if (one.steps === undefined) return [stepOf(one, path)];
  return one.steps.map((step, at) => stepOf(step, [...path, "steps", at]));
}

function stepOf({ advance, request, response, expect = {}, snapshot = false }: Step, path: FieldPath): CaseStep {
  const onlyTime = advance !== undefined && request === undefined && Object.keys(expect).length === 0 && !snapshot;
  const asked = request === undefined ? {} : (messageOf(request) as FakeRequest);
  const answered = response === undefined ? undefined : (messageOf(response) as FakeResponse);
  return {
    ...{ path, expect, snapshot, advance: parseDuration(advance ?? "0s") ?? 0 },
    request: onlyTime ? undefined : asked,
    response: answered ?? (expect.response === undefined ? undefined : {}),
  };
}

function messageOf<M extends Message>({ headers, body, chunks, ...rest }: M): object {
  return withoutUndefined({
    ...rest,
    headers: headers && headersOf(headers),
    body: body === undefined ? undefined : bytesOf(body),
    chunks: chunks?.map(bytesOf),
  });
}

function headersOf(headers: NonNullable<Message["headers"]>): FakeHeaders {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)] as [string, string]),
  );
}

function bytesOf(bytes: Bytes): string | Uint8Array {
  if (typeof bytes === "string") return bytes;
  return bytes.base64 === undefined ? JSON.stringify(bytes.json) : Buffer.from(bytes.base64, "base64");
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
