import { Action, Edit, metrics, request, response } from "heddle/sdk";
import { Field } from "./edits";
import { readSettings, Settings } from "./settings";
import { isFieldText } from "./template";

let settings = new Settings();

export function configure(): string | null {
  settings = new Settings();
  return readSettings(settings);
}

export function onRequest(): Action {
  const edits = settings.request;
  for (let i = 0; i < edits.removed.length; i++) done(request.removeHeader(edits.removed[i]));
  for (let i = 0; i < edits.replaced.length; i++) {
    const field = edits.replaced[i];
    const value = valueFor(field);
    if (value === null || !done(request.setHeader(field.name, value))) request.removeHeader(field.name);
  }
  for (let i = 0; i < edits.added.length; i++) {
    const value = valueFor(edits.added[i]);
    if (value !== null) done(request.addHeader(edits.added[i].name, value));
  }
  return Action.Next;
}

export function onResponse(): Action {
  const edits = settings.response;
  for (let i = 0; i < edits.removed.length; i++) done(response.removeHeader(edits.removed[i]));
  for (let i = 0; i < edits.replaced.length; i++) {
    const field = edits.replaced[i];
    const value = valueFor(field);
    if (value === null || !done(response.setHeader(field.name, value))) response.removeHeader(field.name);
  }
  for (let i = 0; i < edits.added.length; i++) {
    const value = valueFor(edits.added[i]);
    if (value !== null) done(response.addHeader(edits.added[i].name, value));
  }
  return Action.Next;
}

/**
 * The value of a field for this exchange; null when the field is to be left out. Of a field that is set, what the other
 * side sent then goes as well: nobody is to take it for ours.
 */
function valueFor(field: Field): string | null {
  const value = field.value.render(settings.missingIsEmpty);
  if (value === null || isFieldText(value)) return value;
  metrics.count("refused_edits");
  return null;
}

/** Whether an edit was made. One that was not is counted: a header is no reason to fail a request. */
function done(edit: Edit): bool {
  if (edit === Edit.Done) return true;
  metrics.count("refused_edits");
  return false;
}
