import { Action, Edit, metrics, request, response } from "heddle/sdk";
import { Field } from "./edits";
import { readSettings, Settings } from "./settings";
import { isFieldText } from "./template";

const settings = new Settings();

export function configure(): string | null {
  return readSettings(settings);
}

export function onRequest(): Action {
  const edits = settings.request;
  for (let i = 0; i < edits.removed.length; i++) note(request.removeHeader(edits.removed[i]));
  for (let i = 0; i < edits.replaced.length; i++) {
    const value = valueFor(edits.replaced[i]);
    if (value !== null) note(request.setHeader(edits.replaced[i].name, value));
    else note(request.removeHeader(edits.replaced[i].name));
  }
  for (let i = 0; i < edits.added.length; i++) {
    const value = valueFor(edits.added[i]);
    if (value !== null) note(request.addHeader(edits.added[i].name, value));
  }
  return Action.Next;
}

export function onResponse(): Action {
  const edits = settings.response;
  for (let i = 0; i < edits.removed.length; i++) note(response.removeHeader(edits.removed[i]));
  for (let i = 0; i < edits.replaced.length; i++) {
    const value = valueFor(edits.replaced[i]);
    if (value !== null) note(response.setHeader(edits.replaced[i].name, value));
    else note(response.removeHeader(edits.replaced[i].name));
  }
  for (let i = 0; i < edits.added.length; i++) {
    const value = valueFor(edits.added[i]);
    if (value !== null) note(response.addHeader(edits.added[i].name, value));
  }
  return Action.Next;
}

/**
 * The value of a field for this exchange; null when the field is to be left out, which for a field that is set means that
 * what the client or backend sent in it goes as well: nobody is to trust it as ours.
 */
function valueFor(field: Field): string | null {
  const value = field.value.render(settings.missingIsEmpty);
  if (value === null || isFieldText(value)) return value;
  note(Edit.BadValue);
  return null;
}

/** An edit that the host refuses is left out and counted: a header is no reason to fail a request. */
function note(edit: Edit): void {
  if (edit !== Edit.Done) metrics.count("refused_edits");
}
