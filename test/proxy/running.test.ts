import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Runner, Running } from "../../runtime/proxy/running.ts";

class Named implements Runner {
  older: Runner | undefined = undefined;
  newer: Runner | undefined = undefined;
  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

test("who joined and did not leave is there, in order, whoever left between them", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 40 }), (moves) => {
      const running = new Running<Named>();
      const runners = Array.from({ length: 6 }, (_, name) => new Named(name));
      const model: number[] = [];
      for (const move of moves) {
        const at = model.indexOf(move);
        if (at < 0) {
          running.join(runners[move] as Named);
          model.unshift(move);
        } else {
          running.leave(runners[move] as Named);
          model.splice(at, 1);
        }
        const names = running.all().map(({ name }) => name);
        assert.deepEqual(names, model);
        assert.equal(running.size, model.length);
        if (at >= 0) assert.equal(running.last?.name, move);
      }
    }),
  );
});
