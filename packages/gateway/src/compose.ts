import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { freeBytes, type GatewaySecret } from "@tegata/ledger/storage";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import type { Desk } from "./api/desk.ts";
import type { Readiness } from "./api/operations.ts";
import { Book } from "./book/book.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Company } from "./company.ts";
import { type GatewayConfig, gatewayPaths } from "./config.ts";
import { Deletion } from "./deletion.ts";
import { createDesk } from "./desk.ts";
import { Documents } from "./documents.ts";
import { Events } from "./events.ts";
import { countExpiring } from "./expiring.ts";
import { Follow } from "./follow.ts";
import { Grants } from "./grants.ts";
import { Intake } from "./intake.ts";
import { Keyring } from "./keyring.ts";
import { lastBackupSeconds } from "./last-backup.ts";
import { gatewayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { Members } from "./members.ts";
import { type ClosingParts, closeFirst, keepClosed } from "./membership/closing.ts";
import { Council } from "./membership/council.ts";
import { followJoins } from "./membership/join-clerk.ts";
import { Membership } from "./membership/membership.ts";
import { getReady } from "./membership/readying.ts";
import { createMetrics, type Metrics, type Observed } from "./metrics.ts";
import { isNodeAway } from "./node-away.ts";
import { Opener } from "./opener.ts";
import { Control } from "./outbox/control.ts";
import { Dispatch } from "./outbox/dispatch.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Room } from "./outbox/room.ts";
import { Sealer } from "./outbox/seal.ts";
import type { OwnKeys } from "./own-keys.ts";
import { Plant } from "./plant/plant.ts";
import { PlantTokens } from "./plant/tokens.ts";
import { Proofs } from "./proof.ts";
import { Query } from "./query.ts";
import { followRefusals } from "./refusals.ts";
import { type RestoredMark, restoredMark } from "./restored.ts";
import { Revoke } from "./revoke.ts";
import { Schemas } from "./schemas.ts";
import { Signal } from "./signal.ts";
import { openLocalStores } from "./store/open-stores.ts";
import type { SealedStore } from "./store/sealed-store.ts";
import { Streams } from "./streams.ts";
import { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";
import { Writer } from "./writer.ts";

/** Grants that end within this count as expiring. */
const expiringMs = 7 * 86_400_000;

/** A gateway put together: what it offers, and how it runs and ends. */
export interface ComposedGateway {
  readonly desk: Desk;
  readonly metrics: Metrics;
  readonly plant: Plant;
  /** Bytes of opened rows that are kept in memory. */
  openedBytes(): number;
  readiness(): Readiness;
  /** Works until it is closed; rejects with what nobody can go on from. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** What a gateway stands on. */
export interface Foundation {
  readonly company: Company;
  /** Where the company's keys change; null where they never do. */
  readonly keys: OwnKeys | null;
  /** Whether the company wants to vote. */
  readonly isValidator: boolean;
  readonly log: Log;
  readonly node: NodeClient;
  readonly outboxStore: SealedStore;
  readonly index: SealedStore;
  /** Each rejects when its store turns out to be damaged. */
  readonly checkOutbox: () => Promise<void>;
  readonly indexChecked: Promise<void>;
  readonly timers: Timers;
  readonly clock: Clock;
  /** Room for what is acknowledged. */
  readonly room: Room;
  readonly progress: Signal;
  readonly stopping: AbortController;
  /** The mark of a restored folder; null where there is none to look for. */
  readonly restored: RestoredMark | null;
  /** File of the own card, for recovery; null where there is none. */
  readonly cardPath: string | null;
}

/**
 * Wires a gateway; the caller holds the lock of its folder. The only place that knows all parts.
 * @throws GATEWAY_HOME_MISMATCH, GATEWAY_STORE_DAMAGED, LEDGER_STORE_*
 */
export async function composeGateway(
  { home, isValidator }: Pick<GatewayConfig, "home" | "isValidator">,
  { company, keys }: { readonly company: Company; readonly keys: OwnKeys },
  secret: GatewaySecret,
  log: Log,
): Promise<ComposedGateway> {
  const paths = gatewayPaths(home);
  const owner = { network: company.network, member: company.member };
  const { localKey } = secret;
  const stores = await openLocalStores(paths.data, localKey, owner);
  const { outbox: outboxStore, index, checkOutbox, indexChecked } = stores;
  try {
    const node = createNodeClient({ socketPath: paths.nodeSocket });
    const timers = new Timers();
    const restored = restoredMark(paths.data);
    const running = { progress: new Signal(), stopping: new AbortController() };
    const base = { isValidator, restored, cardPath: join(home, "card"), ...running };
    const room = new Room(() => freeBytes(paths.data));
    const around = { timers, clock: systemClock, room };
    const parts = {
      company,
      keys,
      log,
      node,
      outboxStore,
      index,
      checkOutbox,
      indexChecked,
      ...around,
      ...base,
    };
    const gateway = await assembleGateway(parts);
    gateway.metrics.observeBackup(() => lastBackupSeconds(home));
    return gateway;
  } catch (error) {
    await Promise.all([outboxStore.close(), index.close()]);
    throw error;
  }
}

/** A large outbox takes seconds to compare: whoever waits for an answer meanwhile finds the cause in the log. */
function tellLong(checked: Promise<void>, log: Log): void {
  const startMs = performance.now();
  const told = setTimeout(() => {
    log.info({}, "compares the outbox with its checksums; accepts and sends once that is done");
    const end = (): void => {
      const seconds = Math.round((performance.now() - startMs) / 1_000);
      log.info({ seconds }, "the outbox is as it was written");
    };
    checked.then(end, () => undefined);
  }, gatewayLimits.checkToldMs);
  const stop = (): void => clearTimeout(told);
  checked.then(stop, stop);
}

/** What was read from the stores, and who signs. */
async function openRecords(foundation: Foundation) {
  const { company, keys, node, index, outboxStore, log, clock, room } = foundation;
  const { network, member, encryption } = company;
  const book = await Book.open(index, member);
  const keyring = await Keyring.open(index, network, member, encryption);
  await room.look();
  const { restored } = foundation;
  const outbox = await Outbox.open(outboxStore, member, { restored, room });
  for (const pair of keys?.pairs ?? []) keyring.addPair(pair);
  const members = new Members(node, company, (state) => {
    if (keys?.follow(state) === true) log.info({}, "signs with the new transaction key");
  });
  const sealer = new Sealer(company, keyring, book, members);
  const schemas = new Schemas(node, network, book, keyring, log);
  const tokens = await PlantTokens.open(outboxStore, clock);
  return { tokens, book, keyring, outbox, members, sealer, schemas };
}

/** Wires a gateway over stores and a node that are open already. */
export async function assembleGateway(foundation: Foundation): Promise<ComposedGateway> {
  const { company, log, node, outboxStore, index, timers, clock } = foundation;
  const { progress, stopping } = foundation;
  const { network, member } = company;
  // Every request that waits listens to the end of the gateway.
  setMaxListeners(0, stopping.signal);
  const fatal = Promise.withResolvers<never>();
  const fail = (error: unknown): void => fatal.reject(error);
  fatal.promise.catch(() => undefined);
  // Also where nobody waits for a block: it must not go on answering over a disk that takes nothing.
  for (const store of [outboxStore, index]) void store.failed.then(fail);

  const metrics = createMetrics(company.networkName, company.handle);
  const records = await openRecords(foundation);
  const { book, keyring, outbox, members, sealer, schemas } = records;
  const noteRefusal = metrics.refused;
  const sending = { node, outbox, sealer, book, keyring, members, clock, timers };
  const dispatch = new Dispatch({ ...sending, noteRefusal, fail });
  const saying = { node, company, book, members, sealer, clock, noteRefusal, progress };
  const control = new Control({ ...saying, jobs: outbox.control });
  const council = new Council({ node, company, members });
  const writer = new Writer({ node, company, outbox, book, sealer, clock, log, progress });
  const noteGrantsFailed = (count: number): void => metrics.notOpened("grant", count);
  const followed = { node, index, book, keyring, outbox, dispatch, writer, clock, timers };
  const turns = new Turns();
  const membersChanged = new Signal();
  const noteMembership = (): void => noteMembers(membersChanged, council, fail);
  const opening = { noteOpened: metrics.opened, noteRefused: metrics.notOpened };
  const opener = new Opener({ node, network, member, book, keyring, ...opening });
  const noteDeleted = (): void => opener.forgetDeleted();
  const notes = { noteGrantsFailed, noteDeleted, noteSettled: metrics.settled, noteMembership };
  const follow = new Follow({ ...followed, log, progress, ...notes }, stopping.signal);

  const common = { company, book, keyring, members, schemas, outbox, dispatch, clock };
  const streams = new Streams(common);
  const query = new Query({ book, keyring, schemas, streams, opener });
  const grants = new Grants(common);
  const parts = { ...common, node, streams, opener, query, grants, progress };
  const revoke = new Revoke(parts);
  const closing = { ...parts, revoke, turns, membersChanged, log };
  const intake = new Intake({ ...common, metrics });
  const stopped = stopping.signal;
  const owning = { keys: foundation.keys, intake, jobs: outbox.control };
  const plant = new Plant({ ...parts, tokens: records.tokens, intake });
  const desk = createDesk({
    ...parts,
    ...{ outboxStore, index, log, cardPath: foundation.cardPath },
    ...{ intake, council, plant },
    membership: new Membership({ ...parts, council, control, stopped, ...owning }),
    documents: new Documents(parts),
    ...{ revoke, turns, deletion: new Deletion(parts) },
    proofs: new Proofs(parts),
    events: new Events(parts),
    stopped,
  });
  metrics.observe(() => observed({ ...parts, council, follow }));
  const moving = { closing, noteMembership, intake, writer, control, follow, fail };
  const working = { ...foundation, ...parts, ...moving, failed: fatal.promise };
  return {
    desk,
    metrics,
    plant,
    openedBytes: () => opener.keptBytes,
    readiness: () => readinessOf(follow, dispatch),
    run: () => work(working),
    close: async () => {
      stopping.abort();
      timers.stop();
      await node.close();
      await Promise.all([outboxStore.close(), index.close()]);
    },
  };
}

/** What the metrics say of now. */
function observed({
  company,
  book,
  outbox,
  dispatch,
  council,
  follow,
  clock,
}: Pick<Working, "company" | "book" | "outbox" | "dispatch" | "follow" | "clock"> & {
  readonly council: Council;
}): Observed {
  const nowMs = clock.nowMs();
  const counts = { ...dispatch.counts(), refused: outbox.refused.rowCount };
  const { openVotes, openInvitations } = council;
  const expiring = countExpiring(book, company.member, { nowMs, withinMs: expiringMs });
  const seen = { height: book.height, nodeConnected: follow.isNodeThere };
  const hoursLeft = outbox.hoursLeft(nowMs);
  return { ...seen, ...counts, hoursLeft, openVotes, openInvitations, expiring };
}

function readinessOf(follow: Follow, dispatch: Dispatch): Readiness {
  if (!follow.isNodeThere) return "node-away";
  if (follow.isWaitingForHistory) return "waiting-for-history";
  return dispatch.isWriting ? "ready" : "starting";
}

/** Members may have changed. Who waits for that reads for itself, and again where the node does not answer. */
function noteMembers(changed: Signal, council: Council, fail: (error: unknown) => void): void {
  changed.fire();
  council.refresh(fail);
}

interface Working extends Foundation {
  readonly book: Book;
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly members: Members;
  readonly streams: Streams;
  readonly writer: Writer;
  readonly control: Control;
  readonly intake: Intake;
  readonly closing: ClosingParts;
  readonly noteMembership: () => void;
  readonly follow: Follow;
  readonly failed: Promise<never>;
  readonly fail: (error: unknown) => void;
}

/** Works until it is stopped; rejects with what nobody can go on from. */
async function work(parts: Working): Promise<void> {
  const { node, outbox, timers, clock, room, follow, stopping, failed, fail } = parts;
  timers.every(gatewayLimits.diskLookMs, () => void room.look());
  // Reading what waits comes first: then the gateway answers while the same files are compared.
  const outboxChecked = parts.checkOutbox();
  tellLong(outboxChecked, parts.log);
  for (const checked of [outboxChecked, parts.indexChecked]) checked.catch(fail);
  timers.every(gatewayLimits.settledSweepMs, () => {
    outbox.sweep(clock.nowMs()).catch(fail);
  });
  const { signal } = stopping;
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const refusals = followRefusals(node, parts, timers, signal);
  const all = Promise.all([follow.run(), begin(parts), refusals]);
  await Promise.race([failed, all.then(() => stopped), stopped]);
}

/** Reads the ledger, claims to write, and only then sends. */
async function begin(parts: Working): Promise<void> {
  const { follow, streams, writer, control, dispatch, stopping, log } = parts;
  await follow.caughtUp;
  if (!(await untilMember(parts))) return;
  parts.noteMembership();
  const number = await writer.claim(stopping.signal);
  if (number === null) return;
  // Only now everything that earlier runs or copies wrote has been read: the claim stands behind it.
  await streams.dropUnborn();
  parts.restored?.forget();
  if (!(await closeFirst(parts.closing, stopping.signal))) return;
  dispatch.begin(number);
  log.info({ writer: number }, "ready");
  const { signal } = stopping;
  await Promise.all([
    control.run(number, signal),
    followJoins(parts, signal),
    getReady(parts, signal),
    keepClosed(parts.closing, signal),
  ]);
}

/**
 * Reads the members until this company's key is among them; false when it was stopped before. Who was just
 * admitted reads the ledger up to there first.
 */
async function untilMember({ members, progress, timers, stopping, log }: Working) {
  let isTold = false;
  while (!stopping.signal.aborted) {
    const next = progress.wait(gatewayLimits.resendMs, stopping.signal);
    try {
      await members.refresh();
      if (members.signingVersion() !== null) return true;
      if (!isTold) log.info({}, "this company is not on the ledger yet, as far as it was read");
      isTold = true;
      await next;
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      await timers.wait(gatewayLimits.retryMinMs);
    }
  }
  return false;
}
