import { Header, RequestEdit } from "../contract";
import { hasBody } from "./body";
import {
  addField,
  allFields,
  announcesBody,
  fieldEquals,
  fieldValue,
  fieldValues,
  hostField,
  removeField,
  setField,
} from "./fields";
import { Hook, isRunning } from "./moment";
import { FieldMap } from "./wire";

export function requestMethod(): string {
  return textOf(":method");
}

export function requestScheme(): string {
  return textOf(":scheme");
}

export function requestAuthority(): string {
  return textOf(":authority");
}

/** What stands before the query of the path as the host has normalised it. */
export function requestPath(): string {
  const target = textOf(":path");
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.substring(0, mark);
}

export function requestQuery(): string | null {
  const target = textOf(":path");
  const mark = target.indexOf("?");
  return mark < 0 ? null : target.substring(mark + 1);
}

export function requestHeader(name: string): string | null {
  return fieldValue(FieldMap.Request, name);
}

export function requestHeaderValues(name: string): string[] {
  return fieldValues(FieldMap.Request, name);
}

export function requestHeaders(): Header[] {
  return allFields(FieldMap.Request);
}

export function requestHeaderEquals(name: string, value: string): bool {
  return fieldEquals(FieldMap.Request, name, value);
}

export function requestSetHeader(name: string, value: string): RequestEdit {
  return <i32>setField(FieldMap.Request, name, value);
}

export function requestAddHeader(name: string, value: string): RequestEdit {
  return <i32>addField(FieldMap.Request, name, value);
}

export function requestRemoveHeader(name: string): RequestEdit {
  return <i32>removeField(FieldMap.Request, name);
}

/** In hooks for a response, as far as its fields show it. */
export function requestHasBody(): bool {
  if (isRunning(Hook.Request) || isRunning(Hook.RequestBody)) return hasBody();
  return announcesBody(FieldMap.Request);
}

function textOf(pseudo: string): string {
  const value = hostField(FieldMap.Request, pseudo);
  return value === null ? "" : value;
}
