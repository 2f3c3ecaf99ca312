import { Header, ResponseEdit } from "../contract";
import { hasBody } from "./body";
import {
  addField,
  allFields,
  announcesBody,
  fieldValue,
  fieldValues,
  hostField,
  removeField,
  setField,
  setHostField,
} from "./fields";
import { Hook, isResponseOpen, isRunning } from "./moment";
import { FieldMap } from "./wire";

/** 0 while there is no response yet. */
export function responseStatus(): u32 {
  const text = hostField(FieldMap.Response, ":status");
  return text === null ? 0 : <u32>I32.parseInt(text);
}

export function responseSetStatus(status: u32): ResponseEdit {
  if (!isResponseOpen()) return ResponseEdit.Forbidden;
  if (!isFinalStatus(status)) return ResponseEdit.BadValue;
  setHostField(FieldMap.Response, ":status", status.toString());
  return ResponseEdit.Done;
}

export function responseHeader(name: string): string | null {
  return fieldValue(FieldMap.Response, name);
}

export function responseHeaderValues(name: string): string[] {
  return fieldValues(FieldMap.Response, name);
}

export function responseHeaders(): Header[] {
  return allFields(FieldMap.Response);
}

export function responseSetHeader(name: string, value: string): ResponseEdit {
  return <i32>setField(FieldMap.Response, name, value);
}

export function responseAddHeader(name: string, value: string): ResponseEdit {
  return <i32>addField(FieldMap.Response, name, value);
}

export function responseRemoveHeader(name: string): ResponseEdit {
  return <i32>removeField(FieldMap.Response, name);
}

/** As far as that is known. */
export function responseHasBody(): bool {
  if (isRunning(Hook.Response) || isRunning(Hook.ResponseBody)) return hasBody();
  return announcesBody(FieldMap.Response);
}

/** RFC 9110 15: informational responses are the proxy's business. */
export function isFinalStatus(status: u32): bool {
  return status >= 200 && status <= 599;
}
