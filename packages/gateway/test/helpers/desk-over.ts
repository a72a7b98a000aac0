import { createSigner, LedgerError } from "@tegata/ledger/primitives";
import type { KeyValueStore } from "@tegata/ledger/storage";
import { createXwingKeyPair } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import { NodeError } from "../../../node/src/errors.ts";
import type { Desk } from "../../src/api/desk.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { Company as GatewayCompany } from "../../src/company.ts";
import { assembleGateway, type ComposedGateway } from "../../src/compose.ts";
import { createLog } from "../../src/log.ts";
import type { Metrics } from "../../src/metrics.ts";
import { Room } from "../../src/outbox/room.ts";
import type { Plant } from "../../src/plant/plant.ts";
import type { RestoredMark } from "../../src/restored.ts";
import { Signal } from "../../src/signal.ts";
import { deriveLocalKeys } from "../../src/store/local-keys.ts";
import { SealedStore } from "../../src/store/sealed-store.ts";
import { Timers } from "../../src/timers.ts";
import type { Company } from "./companies.ts";
import type { HostileLedger } from "./hostile-ledger.ts";

/** A gateway without sockets over stores and a ledger of choice. */
export interface DeskOver {
  readonly desk: Desk;
  readonly plant: Plant;
  readonly metrics: Metrics;
  openedBytes(): number;
  /** Resolves with the error that ended it, or null when it was stopped. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** What else lies outside of a gateway. */
interface Surroundings {
  readonly clock?: Clock;
  /** What stands between the gateway and the ledger. */
  readonly node?: NodeClient;
  readonly room?: Room;
}

/** Wires a gateway as in production, but for what lies outside of it. */
export async function deskOver(
  company: Company,
  network: GatewayCompany["network"],
  ledger: HostileLedger,
  stores: { readonly outbox: KeyValueStore; readonly index: KeyValueStore },
  restored: RestoredMark | null = null,
  { clock = systemClock, node = ledger, room = new Room(async () => 2 ** 40) }: Surroundings = {},
): Promise<DeskOver> {
  const { card, secret } = company;
  const sealed = (store: KeyValueStore, name: "outbox" | "index") =>
    new SealedStore(keepOpen(store), deriveLocalKeys(secret.localKey, name));
  const gateway: ComposedGateway = await assembleGateway({
    company: {
      ...{ member: card.memberId, name: card.name, handle: card.handle, network },
      ...{ networkName: card.networkName, recoveryKey: card.recoveryKey },
      signer: createSigner(secret.transactionSeed),
      encryption: createXwingKeyPair(secret.encryptionSeed),
    },
    keys: null,
    log: createLog("error", { write: () => undefined }),
    node: clientOf(node),
    outboxStore: sealed(stores.outbox, "outbox"),
    index: sealed(stores.index, "index"),
    checkOutbox: async () => undefined,
    indexChecked: Promise.resolve(),
    timers: new Timers(),
    clock,
    room,
    progress: new Signal(),
    stopping: new AbortController(),
    restored,
    isValidator: true,
    cardPath: null,
  });
  const ended = gateway.run().then(
    () => null,
    (error: unknown) => error,
  );
  const { desk, plant, metrics, openedBytes } = gateway;
  return { desk, plant, metrics, openedBytes, ended, stop: () => gateway.close() };
}

/** A client of its own, so that closing it ends the calls of this gateway only. */
function clientOf(ledger: NodeClient): NodeClient {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  let isClosed = false;
  const until = async <T>(call: () => Promise<T>): Promise<T> =>
    isClosed ? closed.promise : Promise.race([call(), closed.promise]);
  return {
    status: () => until(() => ledger.status()),
    genesis: () => until(() => ledger.genesis()),
    submit: (sidecar) => until(() => ledger.submit(sidecar)),
    blocks: (height, options) => until(() => ledger.blocks(height, options)),
    state: (keys) => until(() => ledger.state(keys)),
    stateRange: (...asked) => until(() => ledger.stateRange(...asked)),
    setChanges: (...asked) => until(() => ledger.setChanges(...asked)),
    payload: (id, part) => until(() => ledger.payload(id, part)),
    refusals: (after, options) => until(() => ledger.refusals(after, options)),
    joinPrepare: () => until(() => ledger.joinPrepare()),
    joinRequests: (after, options) => until(() => ledger.joinRequests(after, options)),
    joinAnswer: (number, code) => until(() => ledger.joinAnswer(number, code)),
    readiness: () => until(() => ledger.readiness()),
    close: async () => {
      isClosed = true;
      closed.reject(new NodeError("NODE_API_CLOSED", "closed", null));
    },
  };
}

/** The stores outlive the gateway, as a disk does; what it closed it cannot write to any more. */
function keepOpen(store: KeyValueStore): KeyValueStore {
  let isClosed = false;
  const open = (): KeyValueStore => {
    if (!isClosed) return store;
    throw new LedgerError("LEDGER_STORE_CLOSED", "the store is closed", { folder: "memory" });
  };
  return {
    get: (key) => open().get(key),
    range: (range) => open().range(range),
    snapshot: () => open().snapshot(),
    write: async (batch) => open().write(batch),
    compact: (range) => open().compact(range),
    sizeOf: (range) => open().sizeOf(range),
    close: async () => {
      isClosed = true;
    },
  };
}
