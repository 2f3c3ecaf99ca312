import type { Socket } from "node:net";
import { Timed, type Wheel } from "../../telemetry/wheel.ts";

/** A connection whose handshake is not complete. */
class Handshake extends Timed {
  readonly socket: Socket;
  readonly #giveUp: (socket: Socket) => void;

  constructor(socket: Socket, giveUp: (socket: Socket) => void) {
    super();
    this.socket = socket;
    this.#giveUp = giveUp;
  }

  fire(): void {
    this.#giveUp(this.socket);
  }
}

/** The connections in their handshake: each has a time limit, and their number has one. */
export interface Handshakes {
  /** Beyond the number, the connection that has taken longest gives way: newcomers are served while somebody holds others half open. */
  begin(socket: Socket): void;
  /** The handshake is over, one way or the other. False when it was over already. */
  end(socket: Socket): boolean;
  cut(): void;
  readonly count: number;
}

interface HandshakesOptions {
  wheel: Wheel;
  /** Milliseconds; 0 is off. */
  timeout: number;
  most: number;
  /** Hears of a handshake that took too long, before its socket is closed. */
  expired: (socket: Socket) => void;
}

export function createHandshakes({ wheel, timeout, most, expired }: HandshakesOptions): Handshakes {
  /** The oldest first. */
  const running = new Map<Socket, Handshake>();
  const end = (socket: Socket): boolean => {
    const handshake = running.get(socket);
    if (handshake === undefined) return false;
    wheel.cancel(handshake);
    return running.delete(socket);
  };
  const giveUp = (socket: Socket) => {
    if (end(socket)) expired(socket);
    socket.destroy();
  };
  return {
    begin(socket) {
      if (running.size >= most) running.values().next().value?.fire();
      const handshake = new Handshake(socket, giveUp);
      running.set(socket, handshake);
      wheel.arm(handshake, timeout);
    },
    end,
    cut() {
      for (const socket of [...running.keys()]) {
        end(socket);
        socket.destroy();
      }
    },
    get count() {
      return running.size;
    },
  };
}
