import { checkTransaction, readLane, verifyTransaction } from "@tegata/ledger/chain";
import { decode, encode, LedgerError } from "@tegata/ledger/primitives";
import { filler, member, nextContext } from "../../../packages/ledger/test/chain/fixtures.ts";
import { decodeSidecars, encodeSidecars } from "../../../packages/node/src/gossip/frames.ts";
import { AdmissionDoor } from "../../../packages/node/src/mempool/admission.ts";
import { Mempool } from "../../../packages/node/src/mempool/mempool.ts";
import { boundedMuxer } from "../../../packages/node/src/network/bounded-muxer.ts";
import { networkLimits } from "../../../packages/node/src/network/limits.ts";
import { accepted, type Door, refusalIn, refused, type Verdict } from "../door.ts";
import { isCanonical } from "./canonical.ts";
import { connectionFrom } from "./connection.ts";
import { contents, ledger, owner, signed } from "./ledger.ts";

const { networkId } = ledger.genesis;

/** The mempool of a node over the ledger with one stream. */
function openPool() {
  const rules = {
    check: (transaction: Parameters<typeof checkTransaction>[1]) =>
      checkTransaction(ledger.state, transaction, nextContext(ledger)),
  };
  const pool = new Mempool({
    ...rules,
    nextSequence: (id, lane) => (readLane(ledger.state, id, lane)?.sequence ?? 0) + 1,
    memberCount: () => ledger.founders.length,
  });
  const door = new AdmissionDoor(pool, {
    ...rules,
    steadyMs: () => 0,
    isCommitted: () => false,
    transactionKey: ({ memberId }) =>
      memberId === owner.id ? owner.signers.transaction.publicKey : null,
    isSigned: (transaction, key) => verifyTransaction(transaction, key, networkId, 0),
  });
  return { pool, door };
}

const waitingMax = 64;
let { pool, door } = openPool();

/** The frame in which a peer sends a transaction that its member signed, with its payloads. */
function frameOf(bytes: Uint8Array): Uint8Array {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return bytes;
    throw error;
  }
  const [content, payloads] = Array.isArray(value) ? value : [];
  if (!(content instanceof Uint8Array) || !Array.isArray(payloads)) return bytes;
  const isWhole = payloads.every((payload) => payload instanceof Uint8Array);
  return isWhole
    ? encodeSidecars([{ transaction: signed(content, owner, ledger), payloads }])
    : encode([[signed(content, owner, ledger), payloads]]);
}

function admit(bytes: Uint8Array): Verdict {
  try {
    const admissions = decodeSidecars(frameOf(bytes)).map((sidecar) =>
      door.admit(sidecar, member(ledger, 1).id),
    );
    const turnedAway = admissions.find(({ ok }) => !ok);
    if (turnedAway !== undefined && !turnedAway.ok) return refused(turnedAway.code);
    // Only what was accepted may change what waits.
    if (pool.transactions >= waitingMax) ({ pool, door } = openPool());
    return accepted;
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

const payloads = [filler("part 0", 272), filler("part 1", 528)];
const meta = [filler("meta", 272)];

/** Headers of the muxer as a member writes them: a window, a stream, its data, a ping and a farewell. */
const muxed = Uint8Array.from([
  ...[0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4],
  ...[0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9],
  ...[0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0],
  ...[0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
]);

/** What a member may have in memory here for one connection. */
const heldBytesMax = networkLimits.streamWindowBytes + 2 * 65_536;
async function throughMuxer(bytes: Uint8Array): Promise<Verdict> {
  const [theirs, ours] = connectionFrom();
  const muxer = boundedMuxer(networkLimits)().createStreamMuxer(ours);
  muxer.addEventListener("stream", ({ detail }) => {
    detail.addEventListener("message", () => undefined);
  });
  theirs.send(bytes);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const decoder = Reflect.get(muxer, "decoder") as { buffer: { byteLength: number } };
  const heldBytes = decoder.buffer.byteLength;
  if (heldBytes > heldBytesMax) throw new Error(`${heldBytes} bytes are held for one connection`);
  const isOpen = ours.status === "open";
  ours.abort(new Error("done"));
  theirs.abort(new Error("done"));
  return isOpen ? accepted : refused("the connection is closed");
}

/** Where transactions and whole connections arrive at a node. */
export const arrivalDoors: readonly Door[] = [
  {
    name: "pool.admission",
    what: "transactions signed by their member, with payloads, on their way into the mempool",
    limit: "9 MiB a frame; an equal share of 1 GiB for each member",
    form: "canonical",
    samples: contents().map((content, index) =>
      encode([content, index === 0 ? payloads : index === 3 ? meta : []]),
    ),
    isOuter: isCanonical,
    read: admit,
    state: () => `${pool.transactions} waiting with ${pool.bytes} bytes`,
  },
  {
    name: "peer.muxer",
    what: "what a member writes below its streams: the headers of the muxer",
    limit: "a window of a stream is collected, whatever length is announced",
    form: "fixed",
    samples: [muxed],
    isOuter: (bytes) => bytes.length >= 12 && bytes[0] === 0 && (bytes[1] ?? 9) < 4,
    read: throughMuxer,
  },
];
