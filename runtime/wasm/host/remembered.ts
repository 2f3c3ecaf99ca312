const ENTRIES = 1024;
/** Characters. Longer names are looked at every time. */
const LONGEST = 128;

/**
 * A pure function about names that remembers its answers. Guests say the same few names again and again; one that makes
 * up names without end only makes its host forget.
 */
export function remembered<Answer>(of: (name: string) => Answer): (name: string) => Answer {
  const answers = new Map<string, Answer>();
  return (name) => {
    if (name.length > LONGEST) return of(name);
    const known = answers.get(name);
    if (known !== undefined) return known;
    const answer = of(name);
    if (answers.size >= ENTRIES) answers.clear();
    answers.set(name, answer);
    return answer;
  };
}
