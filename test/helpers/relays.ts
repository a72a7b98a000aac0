import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ownerOf } from "./socket-owner.ts";

/**
 * What becomes of the bytes from one member to another. `held`: they wait in the sockets, which are bounded, and
 * arrive when they are passed again. `dropped`: they are lost, and nothing ever follows them on that connection.
 */
export type Flow = "passed" | "dropped" | "held";

/** One direction of one connection. */
class Half {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #flow: () => Flow;
  /** A stream with a hole in it ends there. */
  #hasLost = false;
  #isSourceGone = false;

  constructor(source: Socket, target: Socket, flow: () => Flow) {
    this.#source = source;
    this.#target = target;
    this.#flow = flow;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.on("close", () => {
      this.#isSourceGone = true;
      this.look();
    });
    target.on("drain", () => this.look());
    this.look();
  }

  /** The flow may have changed. */
  look(): void {
    const flow = this.#flow();
    if (flow === "held" || this.#target.writableNeedDrain) this.#source.pause();
    else this.#source.resume();
    if (flow === "dropped") this.#hasLost = true;
    // The end of a connection travels as its bytes do.
    if (this.#isSourceGone && flow === "passed" && !this.#hasLost) this.#target.destroySoon();
  }

  #take(chunk: Buffer): void {
    if (this.#flow() === "dropped") this.#hasLost = true;
    if (this.#hasLost || this.#target.destroyed) return;
    if (!this.#target.write(chunk)) this.#source.pause();
  }
}

/** A connection between two members, with the socket towards each. */
interface Relayed {
  readonly dialer: number;
  readonly listener: number;
  readonly toDialer: Socket;
  readonly toListener: Socket;
  readonly halves: readonly Half[];
}

/**
 * What lies between the members of a network on this machine: each publishes the address of a relay in place of
 * its own. A relay knows by the process that dialed which two members a connection joins, so that each pair can
 * be broken alone, in either direction. The members notice nothing else of it.
 */
export class Relays {
  readonly #pids: () => readonly (number | null)[];
  readonly #servers: Server[] = [];
  readonly #flows = new Map<string, Flow>();
  readonly #relayed = new Set<Relayed>();
  readonly #sockets = new Set<Socket>();

  /** `pids`: the process of each member, null while it has none. */
  constructor(pids: () => readonly (number | null)[]) {
    this.#pids = pids;
  }

  /** Opens the relay of a member, `listen` being its own address; resolves to the address to publish. */
  async publish(member: number, listen: string): Promise<string> {
    const target = Number(listen.split("/").at(-1));
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      this.#keep(socket);
      this.#accept(socket, member, target).catch(() => socket.destroy());
    });
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `/ip4/127.0.0.1/tcp/${address.port}`;
  }

  /** Sets what becomes of bytes from one member to another, whoever of the two dialed. */
  set(from: number, to: number, flow: Flow): void {
    this.#flows.set(`${from} ${to}`, flow);
    for (const { halves } of this.#relayed) for (const half of halves) half.look();
  }

  /** The same in both directions. */
  setBoth(one: number, other: number, flow: Flow): void {
    this.set(one, other, flow);
    this.set(other, one, flow);
  }

  /** Ends every connection of two members towards the first; the second learns of it if bytes still reach it. */
  hangUp(towards: number, other: number): void {
    for (const { dialer, listener, toDialer, toListener } of this.#relayed) {
      if (dialer === towards && listener === other) toDialer.destroy();
      if (listener === towards && dialer === other) toListener.destroy();
    }
  }

  /** How many connections of two members are open at both ends. */
  connections(one: number, other: number): number {
    let count = 0;
    for (const { dialer, listener, toDialer, toListener } of this.#relayed) {
      const isTheirs = dialer === one ? listener === other : dialer === other && listener === one;
      if (isTheirs && !toDialer.destroyed && !toListener.destroyed) count += 1;
    }
    return count;
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((done) => server.close(done)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #flow(from: number, to: number): Flow {
    return this.#flows.get(`${from} ${to}`) ?? "passed";
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #accept(toDialer: Socket, listener: number, target: number): Promise<void> {
    const { remotePort = 0, localPort = 0 } = toDialer;
    const pids = this.#pids();
    const known = pids.filter((pid) => pid !== null);
    const pid = await ownerOf({ ownPort: remotePort, otherPort: localPort }, known);
    const dialer = pid === null ? -1 : pids.indexOf(pid);
    if (dialer === -1) throw new Error("no member dialed");
    const toListener = connect({ host: "127.0.0.1", port: target, noDelay: true });
    this.#keep(toListener);
    const there = new Half(toDialer, toListener, () => this.#flow(dialer, listener));
    const back = new Half(toListener, toDialer, () => this.#flow(listener, dialer));
    const relayed = { dialer, listener, toDialer, toListener, halves: [there, back] };
    this.#relayed.add(relayed);
    for (const socket of [toDialer, toListener]) {
      socket.on("close", () => {
        if (toDialer.destroyed && toListener.destroyed) this.#relayed.delete(relayed);
      });
    }
  }
}
