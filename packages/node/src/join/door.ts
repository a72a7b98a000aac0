import type { ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import { hostGroupOf, hostOf } from "../network/identity.ts";
import type { LogThrottle } from "../network/log-throttle.ts";
import type { JoinLimits } from "./limits.ts";

/** Lets a number through at once, and then one each period. */
export class Bucket {
  readonly #burst: number;
  readonly #refillMs: number;
  #left: number;
  #sinceMs: number;

  constructor(burst: number, refillMs: number, nowMs: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#left = burst;
    this.#sinceMs = nowMs;
  }

  take(nowMs: number): boolean {
    const refilled = Math.floor((nowMs - this.#sinceMs) / this.#refillMs);
    this.#left = Math.min(this.#burst, this.#left + refilled);
    this.#sinceMs += refilled * this.#refillMs;
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}

/** A connection that has a place at the listener. */
interface Guest {
  readonly connection: MultiaddrConnection;
  readonly host: string;
  readonly sinceMs: number;
  isProven: boolean;
}

/**
 * Who may have a connection with the listener: few at a time, one of each host, and none for long that
 * proves nothing. Everything here is decided before the first byte is answered.
 */
export class JoinDoor {
  readonly #limits: JoinLimits;
  readonly #throttle: LogThrottle;
  readonly #guests = new Map<string, Guest>();
  readonly #all: Bucket;
  #hosts = new Map<string, Bucket>();
  /** Connections turned away since the start. */
  turnedAway = 0;

  constructor(limits: JoinLimits, throttle: LogThrottle) {
    this.#limits = limits;
    this.#throttle = throttle;
    this.#all = new Bucket(limits.burst, limits.refillMs, performance.now());
  }

  get guests(): number {
    return this.#guests.size;
  }

  /** The hooks libp2p calls on the way to a connection. */
  connectionGater(): ConnectionGater {
    return { denyInboundConnection: (connection) => !this.#admit(connection) };
  }

  /** An invitation was proven over the connection from this address, which may stay longer now. */
  prove(remoteAddress: string): void {
    const guest = this.#guests.get(remoteAddress);
    if (guest !== undefined) guest.isProven = true;
  }

  #admit(connection: MultiaddrConnection): boolean {
    const host = hostGroupOf(hostOf(connection.remoteAddr));
    const nowMs = performance.now();
    const reason = this.#refusal(host, nowMs);
    if (reason !== null) {
      this.turnedAway += 1;
      const fields = { host, reason, turnedAway: this.turnedAway };
      this.#throttle.info("join turned away", fields, "the join listener turned a connection away");
      return false;
    }
    const address = connection.remoteAddr.toString();
    const guest: Guest = { connection, host, sinceMs: nowMs, isProven: false };
    this.#guests.set(address, guest);
    const timer = setTimeout(() => {
      if (!guest.isProven) connection.abort(new Error("no invitation was proven in time"));
    }, this.#limits.proofTimeoutMs);
    connection.addEventListener("close", () => {
      clearTimeout(timer);
      if (this.#guests.get(address) === guest) this.#guests.delete(address);
    });
    return true;
  }

  #refusal(host: string, nowMs: number): string | null {
    const { connectionsMax, connectionsPerHostMax, hostsMax } = this.#limits;
    if (this.#hosts.size >= hostsMax) this.#hosts = new Map();
    const { hostBurst, hostRefillMs } = this.#limits;
    const bucket = this.#hosts.get(host) ?? new Bucket(hostBurst, hostRefillMs, nowMs);
    this.#hosts.set(host, bucket);
    if (!bucket.take(nowMs)) return "too many connections of one host";
    const ofHost = [...this.#guests.values()].filter((guest) => guest.host === host);
    if (ofHost.length >= connectionsPerHostMax) return "one connection of a host at a time";
    if (!this.#all.take(nowMs)) return "too many connections";
    if (this.#guests.size < connectionsMax) return null;
    return this.#makeRoom(nowMs) ? null : "all places are taken";
  }

  /** Ends the oldest connection that has had time enough to prove an invitation. */
  #makeRoom(nowMs: number): boolean {
    for (const [address, guest] of this.#guests) {
      if (guest.isProven || nowMs - guest.sinceMs < this.#limits.unprovenMs) continue;
      this.#guests.delete(address);
      guest.connection.abort(new Error("the place is needed"));
      return true;
    }
    return false;
  }
}
