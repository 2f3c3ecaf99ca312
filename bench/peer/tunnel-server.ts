/** `node tunnel-server.ts PORT UPSTREAM`: one connection to UPSTREAM for each that comes to PORT, bytes copied both ways. */
import { connect, createServer, Socket } from "node:net";

const [port, upstream = 0] = process.argv.slice(2).map(Number);
// Every read of this thread goes into one buffer: what it holds is written before the next read.
const buffer = Buffer.allocUnsafeSlow(65_536);
const address = { port: upstream, host: "127.0.0.1", noDelay: true };

/** A socket over an accepted one's handle, as only sockets made with `onread` read into a given buffer. */
function reopened(accepted: Socket, callback: (bytes: number) => boolean): Socket {
  const holder = accepted as unknown as { _handle: object | null };
  const handle = holder._handle;
  holder._handle = null;
  accepted.destroy();
  const onread = { buffer, callback };
  return new Socket({ handle, onread } as unknown as ConstructorParameters<typeof Socket>[0]);
}

function join(one: Socket, other: Socket): void {
  one.on("error", () => other.destroy());
  one.on("close", () => other.destroy());
}

createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
  const forward = (to: () => Socket) => (bytes: number) => {
    to().write(buffer.latin1Slice(0, bytes), "latin1");
    return true;
  };
  const client: Socket = reopened(
    accepted,
    forward(() => backend),
  );
  const backend: Socket = connect({ ...address, onread: { buffer, callback: forward(() => client) } });
  join(client, backend);
  join(backend, client);
  client.resume();
}).listen(port, "127.0.0.1");
