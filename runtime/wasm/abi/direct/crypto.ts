// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { CryptoCapability, CryptoHash, CryptoVerification } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import type { CoreImports } from "./core.ts";

const CRYPTO_HASH_CASES: readonly CryptoHash[] = ["sha256", "sha384", "sha512"];

const CRYPTO_VERIFICATION_INDEX: Readonly<Record<CryptoVerification, number>> = {
  valid: 0,
  invalid: 1,
  "unknown-key-set": 2,
  "unknown-key": 3,
  "algorithm-mismatch": 4,
  "ambiguous-key": 5,
  unavailable: 6,
};

/** The core functions of `heddle:policy/crypto`. */
export function bindCrypto(guest: GuestMemory, host: CryptoCapability): CoreImports {
  return {
    __proto__: null,
    digest(p0: number, p1: number, p2: number, p3: number): void {
      guest.enter();
      const result = host.digest(guest.oneOf(CRYPTO_HASH_CASES, p0), guest.bytes(p1, p2));
      const at = guest.area(p3, 8, 4);
      guest.setBytes(at, result);
      guest.leave();
    },
    hmac(
      p0: number,
      p1: number,
      p2: number,
      p3: number,
      p4: number,
      p5: number,
      p6: number,
      p7: number,
      p8: number,
    ): void {
      guest.enter();
      const result = host.hmac(
        guest.oneOf(CRYPTO_HASH_CASES, p0),
        guest.text(p1, p2),
        guest.some(p3) ? guest.text(p4, p5) : undefined,
        guest.bytes(p6, p7),
      );
      const at = guest.area(p8, 12, 4);
      if (result === undefined) {
        guest.setByte(at, 0);
      } else {
        guest.setByte(at, 1);
        guest.setBytes(at + 4, result);
      }
      guest.leave();
    },
    verify(
      p0: number,
      p1: number,
      p2: number,
      p3: number,
      p4: number,
      p5: number,
      p6: number,
      p7: number,
      p8: number,
      p9: number,
      p10: number,
    ): number {
      guest.enter();
      const result =
        CRYPTO_VERIFICATION_INDEX[
          host.verify(
            guest.text(p0, p1),
            guest.some(p2) ? guest.text(p3, p4) : undefined,
            guest.text(p5, p6),
            guest.bytes(p7, p8),
            guest.bytes(p9, p10),
          )
        ];
      guest.leave();
      return result;
    },
    random(p0: number, p1: number): void {
      guest.enter();
      const result = host.random(p0 >>> 0);
      const at = guest.area(p1, 8, 4);
      guest.setBytes(at, result);
      guest.leave();
    },
    equal(p0: number, p1: number, p2: number, p3: number): number {
      guest.enter();
      const result = host.equal(guest.bytes(p0, p1), guest.bytes(p2, p3)) ? 1 : 0;
      guest.leave();
      return result;
    },
  } as unknown as CoreImports;
}
