import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Block } from "@tegata/ledger/chain";
import {
  fromHex,
  type MemberId,
  type NetworkId,
  type PublicKey,
  toHex,
} from "@tegata/ledger/primitives";
import { createSecretFile, readSecretFile } from "@tegata/ledger/storage";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../host/ledger.ts";
import { LogThrottle } from "../network/log-throttle.ts";
import type { NetworkLog, NetworkMember } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { isCarriable } from "./carried.ts";
import type { JoinAnswer, JoinKnowledge } from "./dialogue.ts";
import { InvitationBook } from "./invitation-book.ts";
import type { Registered } from "./messages.ts";
import { RequestDesk } from "./request-desk.ts";
import { type JoinListener, openJoinListener } from "./server.ts";

/** A listener that was asked for waits so long for the first invitation to be on the ledger. */
const preparedMs = 10 * 60_000;
/** How soon a listener that could not be opened is tried again. */
const retryMs = 30_000;
const logPauseMs = 60_000;

/** What a reception is made of. */
export interface ReceptionParts {
  readonly member: MemberId;
  readonly networkId: NetworkId;
  readonly networkName: string;
  readonly genesis: Uint8Array;
  readonly ledger: Pick<Ledger, "reader" | "members">;
  readonly networkMembers: () => readonly NetworkMember[];
  /** Folder of the node's data. */
  readonly folder: string;
  /** Multiaddrs to listen on; none: nobody is received. */
  readonly listen: readonly string[];
  readonly clock: Clock;
  readonly log: NetworkLog;
  readonly changed: Signal;
  readonly onFault: (error: unknown) => void;
}

/** Where a company that is invited finds the listener, for its invitation. */
export interface ListenerPlace {
  readonly key: PublicKey;
  readonly addresses: readonly string[];
}

/** What became of opening the listener. */
export type PreparedListener =
  | (ListenerPlace & { readonly state: "open" })
  | {
      readonly state: "closed";
      /** Nowhere to listen by the settings, or the system did not let it be opened there. */
      readonly reason: "no-address" | "not-opened";
      readonly listen: readonly string[];
    };

/** Where to listen for companies that join: as set, or one port above where members connect. */
export function joinListenOf(
  joinListen: readonly string[],
  p2pListen: readonly string[],
): readonly string[] {
  if (joinListen.length > 0) return joinListen;
  return p2pListen.map((address) =>
    address.replace(/[0-9]+$/, (port) => (port === "0" ? port : String(Number(port) + 1))),
  );
}

/**
 * Opens the listener while an own invitation is of use and closes it with the last, with a key that lives no
 * longer. What it hears goes to the gateway.
 */
export class Reception {
  readonly desk: RequestDesk;
  readonly #parts: ReceptionParts;
  readonly #book: InvitationBook;
  readonly #throttle: LogThrottle;
  readonly #keyPath: string;
  #listener: JoinListener | null = null;
  #preparedUntilMs = Number.NEGATIVE_INFINITY;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  /** Opening and closing come one after the other. */
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isStopped = false;

  constructor(parts: ReceptionParts) {
    const { member, clock, folder, log, ledger } = parts;
    this.#parts = parts;
    this.desk = new RequestDesk(parts.changed);
    this.#throttle = new LogThrottle(log, logPauseMs);
    this.#keyPath = join(folder, "join-key");
    this.#book = new InvitationBook({
      ...{ member, clock, reader: ledger.reader, path: join(folder, "join-used") },
      onError: (err) => this.#throttle.warn("book", { err }, "used invitations were not kept"),
    });
  }

  onCommitted(block: Block): void {
    this.#book.onCommitted(block);
    this.look();
  }

  /** Opens or closes the listener, if it is time; called again and again. */
  look(): void {
    const isWanted = this.#isWanted();
    const hasKey = this.#listener !== null || existsSync(this.#keyPath);
    const isDue = isWanted
      ? this.#listener === null && performance.now() >= this.#retryAtMs
      : hasKey;
    if (!isDue || this.#isWorking || this.#isStopped) return;
    void this.#work(() => (isWanted ? this.#open() : this.#close()));
  }

  /** Opens the listener for an invitation that is about to be made, or says why it is closed. */
  async prepare(): Promise<PreparedListener> {
    const { listen } = this.#parts;
    const closed = (reason: "no-address" | "not-opened"): PreparedListener => {
      return { state: "closed", reason, listen };
    };
    if (listen.length === 0) return closed("no-address");
    this.#preparedUntilMs = performance.now() + preparedMs;
    await this.#work(() => this.#open());
    const { place } = this;
    return place === null ? closed("not-opened") : { state: "open", ...place };
  }

  /** Where the listener is open, or null. */
  get place(): ListenerPlace | null {
    const listener = this.#listener;
    return listener === null ? null : { key: listener.key, addresses: this.#places(listener) };
  }

  /** Ends every conversation; the key stays for the next start. Never throws. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#working;
    await this.#listener?.close();
    this.#listener = null;
    await this.#book.settled();
  }

  #isWanted(): boolean {
    if (this.#parts.listen.length === 0) return false;
    return this.#book.isOfUse() || performance.now() < this.#preparedUntilMs;
  }

  #work(action: () => Promise<void>): Promise<void> {
    this.#isWorking = true;
    this.#working = this.#working
      .then(action)
      .catch((err: unknown) => {
        this.#retryAtMs = performance.now() + retryMs;
        this.#throttle.warn("listener", { err }, "the listener for invited companies failed");
      })
      .finally(() => {
        this.#isWorking = false;
      });
    return this.#working;
  }

  async #open(): Promise<void> {
    if (this.#listener !== null || this.#isStopped) return;
    const { listen, networkId, log, onFault } = this.#parts;
    const seed = await this.#key();
    const knowledge = this.#knowledge();
    const options = { seed, listen, networkId, knowledge, log, onFault };
    this.#listener = await openJoinListener(options);
    const { key } = this.#listener;
    log.info({ key, listen: this.#listener.addresses() }, "open for invited companies");
  }

  async #close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
    await rm(this.#keyPath, { force: true });
    if (listener !== null) this.#parts.log.info({}, "closed for companies: nobody is invited");
  }

  async #key(): Promise<Uint8Array> {
    if (!existsSync(this.#keyPath)) {
      await createSecretFile(this.#keyPath, toHex(new Uint8Array(randomBytes(32))));
    }
    const text = await readSecretFile(this.#keyPath);
    if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text as never);
    // A start that was cut off while it wrote the key: no invitation names it yet.
    await rm(this.#keyPath, { force: true });
    return this.#key();
  }

  /** The own published hosts with the listener's port; where nothing is published, what it listens on. */
  #places(listener: JoinListener): readonly string[] {
    const { networkMembers, member } = this.#parts;
    const own = listener.addresses();
    const port = own[0]?.split("/").at(-1) ?? "0";
    const published = networkMembers().find(({ memberId }) => memberId === member)?.addresses ?? [];
    return published.length === 0 ? own : published.map((one) => one.replace(/[0-9]+$/, port));
  }

  #knowledge(): JoinKnowledge {
    const { networkName, genesis, networkMembers } = this.#parts;
    return {
      networkName,
      genesis,
      invitation: (key) => this.#book.stateOf(key),
      standing: (key) => this.#book.standingOf(key),
      members: (key) => (this.#isMember(key) ? networkMembers() : null),
      registered: (key) => this.#registered(key),
      onApplication: (invitationKey, bytes, signal) =>
        this.desk.hand({ kind: "apply", invitationKey, bodies: [bytes] }, signal),
      onCarry: (key, bodies, signal) => this.#carry(key, bodies, signal),
    };
  }

  /** Whether who holds this invitation is, or was before it lost its keys, a member. */
  #isMember(key: PublicKey): boolean {
    return this.#book.standingOf(key).state === "approved" || this.#registered(key) !== null;
  }

  /** The member of the name that an open invitation has: it lost its keys. */
  #registered(key: PublicKey): Registered | null {
    const name = this.#book.companyOf(key);
    const isMeant = ({ state }: Registered): boolean =>
      state.name === name && state.leftHeight === null;
    return this.#parts.ledger.members.find(isMeant) ?? null;
  }

  async #carry(
    invitationKey: PublicKey,
    bodies: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<JoinAnswer> {
    const registered = this.#registered(invitationKey);
    if (registered === null) return { ok: false, code: "no-member" };
    if (!isCarriable(bodies, registered.memberId)) return { ok: false, code: "not-yours" };
    return await this.desk.hand({ kind: "carry", invitationKey, bodies }, signal);
  }
}
