import { config, JsonValue } from "heddle/sdk";
import { Edits, Field } from "./edits";
import { Template } from "./template";

/** The configuration, as `configure` left it. */
export class Settings {
  request: Edits = new Edits();
  response: Edits = new Edits();
  missingIsEmpty: bool = false;
}

/** Reads the configuration into `settings`; the answer is why it is refused, or null. */
export function readSettings(settings: Settings): string | null {
  const missing = config.string("missing", "skip");
  if (missing !== "skip" && missing !== "empty") return "missing: expected skip or empty, got " + missing;
  settings.missingIsEmpty = missing === "empty";
  if (!config.has("request") && !config.has("response")) return "expected edits under request, response or both";
  const wrong = readEdits(config.object("request"), settings.request);
  if (wrong !== null) return "request." + wrong;
  const alsoWrong = readEdits(config.object("response"), settings.response);
  return alsoWrong === null ? null : "response." + alsoWrong;
}

function readEdits(source: JsonValue, edits: Edits): string | null {
  const removed = source.strings("remove");
  for (let i = 0; i < removed.length; i++) edits.removed.push(removed[i].toLowerCase());
  const wrong = readFields(source.list("set"), edits.replaced);
  if (wrong !== null) return "set: " + wrong;
  const alsoWrong = readFields(source.list("add"), edits.added);
  if (alsoWrong !== null) return "add: " + alsoWrong;
  return contradiction(edits);
}

function readFields(entries: JsonValue[], fields: Field[]): string | null {
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].string("name").toLowerCase();
    if (name.length === 0) return "every field needs a name";
    const value = new Template(entries[i].string("value"));
    const error = value.error;
    if (error !== null) return name + ": " + error;
    fields.push(new Field(name, value));
  }
  return null;
}

/** Two edits of which only one could have an effect. */
function contradiction(edits: Edits): string | null {
  for (let i = 0; i < edits.replaced.length; i++) {
    const name = edits.replaced[i].name;
    if (edits.removed.includes(name)) return "set: " + name + " is also removed";
    for (let other = 0; other < i; other++) {
      if (edits.replaced[other].name === name) return "set: " + name + " is set twice";
    }
  }
  return null;
}
