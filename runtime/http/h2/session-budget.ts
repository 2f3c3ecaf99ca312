/** Why a session is closed with ENHANCE_YOUR_CALM. */
export type BudgetBreach = "h2_resets" | "h2_early_resets" | "h2_pings" | "h2_settings" | "h2_control_bytes";

/** What one session may cost beyond its requests and their bodies (reliability.md 2.4). */
export interface SessionBudget {
  opened(): void;
  /** A stream was reset, by the peer or for a fault of the peer. @param age milliseconds since it was opened */
  reset(age: number): BudgetBreach | undefined;
  ping(): BudgetBreach | undefined;
  settings(): BudgetBreach | undefined;
  /** Body bytes from the peer, in one piece. */
  received(bytes: number): void;
  /** Body bytes to the peer, in one piece. */
  sent(bytes: number): void;
  /** Bytes that the peer may have sent for a reason that nobody counts: its header blocks, a body that was dropped. */
  allow(bytes: number): void;
  /** Compares what the connection has read so far with what is accounted for. */
  read(total: number): BudgetBreach | undefined;
}

const WINDOW = 10_000;
const RESETS_PER_WINDOW = 100;
const EARLY = 1_000;
/** Too few streams say nothing about a client. */
const STREAMS_TO_JUDGE = 40;
const PER_MINUTE = { pings: 60, settings: 100 };
const CONTROL_BYTES = 65_536;
/** A frame's head, and padding within reason. */
const PER_DATA_FRAME = 40;
/** Ten WINDOW_UPDATE frames for a piece that was sent, and two for every 16 KiB of it. */
const PER_SENT_PIECE = 130;
const SENT_BYTES_PER_CONTROL_BYTE = 512;

/** @param now monotonic milliseconds */
export function createSessionBudget(now: () => number): SessionBudget {
  const resets = createBucket(now, RESETS_PER_WINDOW, RESETS_PER_WINDOW / WINDOW);
  const pings = createBucket(now, PER_MINUTE.pings, PER_MINUTE.pings / 60_000);
  const settings = createBucket(now, PER_MINUTE.settings, PER_MINUTE.settings / 60_000);
  const control = createBucket(now, CONTROL_BYTES, CONTROL_BYTES / WINDOW);
  const recent = { since: now(), opened: 0, early: 0 };
  let expected = 0;
  let charged = 0;
  return {
    opened() {
      if (now() - recent.since > WINDOW) Object.assign(recent, { since: now(), opened: 0, early: 0 });
      recent.opened += 1;
    },
    reset(age) {
      if (age < EARLY) recent.early += 1;
      if (!resets.take(1)) return "h2_resets";
      const judged = recent.opened >= STREAMS_TO_JUDGE && recent.early * 2 > recent.opened;
      return judged ? "h2_early_resets" : undefined;
    },
    ping: () => (pings.take(1) ? undefined : "h2_pings"),
    settings: () => (settings.take(1) ? undefined : "h2_settings"),
    received(bytes) {
      expected += bytes + PER_DATA_FRAME;
    },
    sent(bytes) {
      expected += PER_SENT_PIECE + bytes / SENT_BYTES_PER_CONTROL_BYTE;
      // A client measures the connection with a PING for what it receives, at most one per frame.
      pings.give(1);
    },
    allow(bytes) {
      expected += bytes;
    },
    read(total) {
      const excess = Math.max(0, total - expected - charged);
      charged += excess;
      return control.take(excess) ? undefined : "h2_control_bytes";
    },
  };
}

interface Bucket {
  take(amount: number): boolean;
  give(amount: number): void;
}

/** Leaks `rate` per millisecond; refuses what would make it run over. */
function createBucket(now: () => number, size: number, rate: number): Bucket {
  let level = 0;
  let at = now();
  return {
    take(amount) {
      const time = now();
      level = Math.max(0, level - (time - at) * rate) + amount;
      at = time;
      return level <= size;
    },
    give(amount) {
      level = Math.max(0, level - amount);
    },
  };
}
