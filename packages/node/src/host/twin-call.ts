import { randomBytes } from "node:crypto";
import { quorumOf, type Validator } from "@tegata/consensus";
import {
  equalBytes,
  type MemberId,
  type PublicKey,
  type Signer,
  toHex,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { frameTypes } from "../network/limits.ts";
import type { Network } from "../network/network.ts";
import type { Timers } from "../timers.ts";
import {
  decodePresence,
  encodePresence,
  isSignedPresence,
  type Presence,
  type PresenceScope,
  signPresence,
} from "./presence.ts";

/** What the call is made of. */
export interface TwinCallParts {
  readonly identity: { readonly key: Signer } & PresenceScope;
  readonly validators: () => readonly Validator[];
  readonly network: Pick<Network, "send" | "broadcast" | "connected">;
  readonly timers: Timers;
  readonly log: Log;
  /** The wait is over: nobody else uses the key. */
  readonly onAlone: () => void;
  /** Another process uses the key at this moment. */
  readonly onTwin: (error: NodeError<"NODE_SIGN_STATE_SHARED">) => void;
}

/** How long the first signature waits for a twin to speak up, once a quorum is within reach. */
const waitMs = 1_500;
const callPeriodMs = 400;
/** Runs of one key, and answers to them, that are kept for members that connect. */
const keptMax = 4;
/** A call that is older than this is told to nobody any more: its process has heard of all answers. */
const toldMs = 10_000;
/** Presences of one member that are verified in a row, and how soon it may bring another. */
const burstMax = 256;
const refillMs = 20;
/** Presences of one key that are passed on in a row, and how soon another is. */
const toldBurstMax = 64;
const toldRefillMs = 200;
/** Presences that are remembered, so that none goes round for ever however many runs a key is said to have. */
const seenMax = 4_096;

type Call = Extract<Presence, { type: "call" }>;
type Twin = Extract<Presence, { type: "twin" }>;

interface Allowance {
  left: number;
  sinceMs: number;
}

interface Kept {
  readonly calls: Map<string, { readonly call: Call; readonly heardMs: number }>;
  readonly twins: Map<string, Twin>;
}

/**
 * Finds a second process with the same consensus key, before it can sign: each start calls through the
 * whole network, a process that hears the call of its own key answers it, and the answer names the call. A
 * process that may not sign yet stops at any answer; one that may, only at that of another that may. What
 * happened before this start can answer nothing, and nobody without the key can.
 * Source: docs/PROTOCOL.md section 8, docs/adr/0020.
 */
export class TwinCall {
  readonly #parts: TwinCallParts;
  readonly #run = Uint8Array.from(randomBytes(16));
  readonly #kept = new Map<PublicKey, Kept>();
  readonly #seen = new Set<string>();
  readonly #allowances = new Map<MemberId, Allowance>();
  readonly #tellings = new Map<PublicKey, Allowance>();
  #count = 0;
  #phase: "calling" | "waiting" | "alone" = "calling";

  constructor(parts: TwinCallParts) {
    this.#parts = parts;
    // A validator alone has nobody to hear of a twin from.
    if (parts.validators().length < 2) this.#phase = "alone";
  }

  /** Whether no signature may leave yet. */
  get isWaiting(): boolean {
    return this.#phase !== "alone";
  }

  /** A quorum is within reach: it has heard the call, and a twin that works has to answer. */
  onReached(): void {
    if (this.#phase !== "calling") return;
    this.#phase = "waiting";
    const { timers } = this.#parts;
    const calls = Math.floor(waitMs / callPeriodMs);
    for (let index = 0; index <= calls; index += 1) {
      timers.after(index * callPeriodMs, () => this.#callAgain());
    }
    timers.after(waitMs, () => {
      this.#phase = "alone";
      this.#parts.onAlone();
    });
    // Two that began at the same moment may both sign by now.
    timers.after(waitMs + callPeriodMs, () => this.#callAgain());
  }

  /** A member connects: it hears of this process, and of what concerns its own key. */
  onConnected(member: MemberId): void {
    this.#send(member, this.#call());
    const validators = this.#parts.validators();
    const connected = new Set(this.#parts.network.connected());
    const others = validators.filter((one) => connected.has(one.member)).length;
    if (others + 1 >= quorumOf(validators.length)) this.onReached();
    const key = validators.find((one) => one.member === member)?.key;
    const kept = key === undefined ? undefined : this.#kept.get(key);
    for (const { call, heardMs } of kept?.calls.values() ?? []) {
      if (performance.now() - heardMs < toldMs) this.#send(member, call);
    }
    for (const twin of kept?.twins.values() ?? []) this.#send(member, twin);
  }

  /**
   * A member sent a presence.
   * @throws NODE_PEER_FORGED: members pass on only what they have verified; LEDGER_*
   */
  onFrame(member: MemberId, body: Uint8Array): void {
    const presence = decodePresence(body);
    const { validators, identity } = this.#parts;
    if (!validators().some(({ key }) => key === presence.key)) return;
    if (!this.#isNews(presence) || !takes(this.#allowances, member, burstMax, refillMs)) return;
    if (!isSignedPresence(presence, identity)) {
      const reason = "a presence with a wrong signature";
      throw new NodeError("NODE_PEER_FORGED", reason, { reason });
    }
    this.#keep(presence);
    if (takes(this.#tellings, presence.key, toldBurstMax, toldRefillMs)) {
      for (const other of this.#parts.network.connected()) {
        if (other !== member) this.#send(other, presence);
      }
    }
    if (presence.type === "call") this.#onCall(member, presence);
    else this.#onTwin(presence);
  }

  #onCall(member: MemberId, call: Call): void {
    const { identity, log } = this.#parts;
    const { key } = identity;
    const known = this.#kept.get(call.key)?.twins.get(toHex(call.run));
    if (known !== undefined) this.#send(member, known);
    if (call.key !== key.publicKey) return;
    const signs = this.#phase === "alone";
    log.info(
      { run: toHex(call.run), signs },
      "answered a call of another process with the own key",
    );
    const { publicKey } = key;
    const answer = {
      type: "twin",
      key: publicKey,
      called: call.run,
      run: this.#run,
      signs,
    } as const;
    const twin = signPresence(answer, key, identity);
    this.#keep(twin);
    this.#parts.network.broadcast(frameTypes.presence, encodePresence(twin));
  }

  #onTwin({ key, called, signs }: Twin): void {
    const isMine = key === this.#parts.identity.key.publicKey && equalBytes(called, this.#run);
    if (!isMine || (this.#phase === "alone" && !signs)) return;
    const message = "another process uses the consensus key of this node at this moment";
    this.#parts.onTwin(new NodeError("NODE_SIGN_STATE_SHARED", message, { height: null }));
  }

  /** Own calls come back from others, and the same ones over and over. */
  #isNews(presence: Presence): boolean {
    if (presence.key === this.#parts.identity.key.publicKey && equalBytes(presence.run, this.#run))
      return false;
    if (this.#seen.has(nameOf(presence))) return false;
    const kept = this.#kept.get(presence.key);
    if (presence.type === "call") {
      return presence.count > (kept?.calls.get(toHex(presence.run))?.call.count ?? -1);
    }
    const known = kept?.twins.get(toHex(presence.called));
    return known === undefined || (presence.signs && !known.signs);
  }

  #keep(presence: Presence): void {
    this.#seen.add(nameOf(presence));
    for (const oldest of this.#seen) {
      if (this.#seen.size <= seenMax) break;
      this.#seen.delete(oldest);
    }
    const kept = this.#kept.get(presence.key) ?? { calls: new Map(), twins: new Map() };
    this.#kept.set(presence.key, kept);
    if (presence.type === "call") {
      newest(kept.calls, toHex(presence.run), { call: presence, heardMs: performance.now() });
    } else newest(kept.twins, toHex(presence.called), presence);
  }

  #call(): Presence {
    const { identity } = this.#parts;
    const { publicKey } = identity.key;
    const call = { type: "call", key: publicKey, run: this.#run, count: this.#count } as const;
    return signPresence(call, identity.key, identity);
  }

  #callAgain(): void {
    this.#count += 1;
    this.#parts.network.broadcast(frameTypes.presence, encodePresence(this.#call()));
  }

  #send(member: MemberId, presence: Presence): void {
    this.#parts.network.send(member, frameTypes.presence, encodePresence(presence));
  }
}

/** Whether somebody has one left of an allowance, which that uses up. */
function takes<K>(
  allowances: Map<K, Allowance>,
  who: K,
  leftMax: number,
  everyMs: number,
): boolean {
  const nowMs = performance.now();
  const known = allowances.get(who) ?? { left: leftMax, sinceMs: nowMs };
  allowances.set(who, known);
  const refilled = Math.floor((nowMs - known.sinceMs) / everyMs);
  known.left = Math.min(leftMax, known.left + refilled);
  known.sinceMs += refilled * everyMs;
  if (known.left === 0) return false;
  known.left -= 1;
  return true;
}

/** All that a presence says, in one word. */
function nameOf(presence: Presence): string {
  const { type, key } = presence;
  const run = toHex(presence.run);
  if (type === "call") return `${key} ${run} ${presence.count}`;
  return `${key} ${run} ${toHex(presence.called)} ${presence.signs}`;
}

/** The newest few of a map, in the order they came. */
function newest<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= keptMax) return;
    map.delete(oldest);
  }
}
