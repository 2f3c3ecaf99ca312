import { attributes } from "heddle/sdk";

/** A text with places for attributes: `user={auth.subject}`; `{{` and `}}` are braces. */
export class Template {
  /** Why the text is no template; null when it is one. */
  error: string | null = null;
  /** One more than there are names: what stands before, between and after them. */
  private readonly literals: string[] = [];
  private readonly names: string[] = [];

  constructor(private readonly source: string) {
    let literal = "";
    for (let at = 0; at < source.length && this.error === null; at++) {
      const code = source.charCodeAt(at);
      const isBrace = code === 0x7b || code === 0x7d;
      if (isBrace && source.charCodeAt(at + 1) === code) literal += source.charAt(at++);
      else if (code === 0x7b) {
        this.literals.push(literal);
        literal = "";
        at = this.place(at);
      } else if (isControl(code)) this.error = "a control character stands in " + source;
      else if (isBrace) this.error = "a } without { stands in " + source + "; write }} for a brace";
      else literal += source.charAt(at);
    }
    this.literals.push(literal);
  }

  /** Reads the name of a place that opens at `at`; the answer is where it closes. */
  private place(at: i32): i32 {
    const end = this.source.indexOf("}", at);
    const name = this.source.substring(at + 1, max(end, at + 1));
    this.names.push(name);
    if (!isName(name)) this.error = "expected {attribute.name} in " + this.source;
    return end;
  }

  /** The text for this exchange; null when an attribute is missing, unless that counts as empty. */
  render(missingIsEmpty: bool): string | null {
    let text = this.literals[0];
    for (let i = 0; i < this.names.length; i++) {
      const value = attributeText(this.names[i]);
      if (value === null && !missingIsEmpty) return null;
      if (value !== null) text += value;
      text += this.literals[i + 1];
    }
    return text;
  }
}

/** Whether the text can stand in a header: no line ends, no other control characters but tabs. */
export function isFieldText(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    if (isControl(text.charCodeAt(i))) return false;
  }
  return true;
}

/** An attribute of any type, as text: whole numbers without a point, flags as `true` and `false`. */
function attributeText(name: string): string | null {
  const text = attributes.text(name);
  if (text !== null) return text;
  const number = attributes.number(name);
  if (!isNaN(number)) return numberText(number);
  if (attributes.flag(name, false)) return "true";
  return attributes.flag(name, true) ? null : "false";
}

function numberText(number: f64): string {
  const whole = Math.floor(number) === number && Math.abs(number) < 9007199254740992;
  return whole ? (<i64>number).toString() : number.toString();
}

function isControl(code: i32): bool {
  return (code < 0x20 && code !== 0x09) || code === 0x7f;
}

function isName(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
    if (!letter && code !== 0x2e && code !== 0x2d && code !== 0x5f) return false;
  }
  return name.length > 0;
}
