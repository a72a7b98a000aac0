import { type BlockHeader, limits, type SetChange, stateRootOf } from "@tegata/ledger/chain";
import {
  bytes,
  fromBytes,
  LedgerError,
  list,
  nullable,
  record,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import { encodeBucket, openBucket } from "@tegata/ledger/storage";
import { advance, founded, type Light, reach } from "@tegata/light";
import {
  decided,
  followedTo,
  heightAt,
  life,
  type Made,
} from "../../../packages/light/test/helpers/chain.ts";
import { checkOffer } from "../../../packages/node/src/sync/offer-check.ts";
import {
  decodeArrivingOffer,
  encodeArrivingOffer,
} from "../../../packages/node/src/sync/snapshot-answers.ts";
import { accepted, type Door, refusalIn, refused, type Verdict } from "../door.ts";
import { isCanonical } from "./canonical.ts";

type Answer = { readonly ok: true } | { readonly ok: false; readonly code: string };

async function verdictOf(ask: () => Answer | Promise<Answer>): Promise<Verdict> {
  try {
    const answer = await ask();
    return answer.ok ? accepted : refused(answer.code);
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

const stepShape = record({
  height: uint(),
  header: bytes(1 << 20),
  certificate: bytes(1 << 20),
  validators: nullable(bytes(1 << 20)),
});
const changeShape = record({
  header: bytes(1 << 20),
  certificate: bytes(1 << 20),
  nextValidators: bytes(1 << 20),
});
const wayShape = record({
  steps: list(changeShape, 2 * limits.proofStepsMax),
  header: bytes(1 << 20),
  certificate: bytes(1 << 20),
});

const stepHeights = [1, 3, 9, 12];
const followed: ReadonlyMap<number, Light> = new Map(
  stepHeights.map((height) => [height, followedTo(height - 1)]),
);
const start = founded(life.genesis);

function stepOf(height: number): Uint8Array {
  const { step } = heightAt(height);
  return toBytes(stepShape, { height, ...step });
}

/** The heights that changed the set, each with the set that it announces. */
function changesTo(height: number): readonly SetChange[] {
  return life.heights.slice(0, height - 1).flatMap(({ step, header }, index) => {
    if (header.nextValidatorsHash === header.validatorsHash) return [];
    const nextValidators = life.heights[index + 1]?.step.validators ?? new Uint8Array(0);
    return [{ header: step.header, certificate: step.certificate, nextValidators }];
  });
}

function wayTo(height: number): Uint8Array {
  const { header, certificate } = heightAt(height).step;
  return toBytes(wayShape, { steps: [...changesTo(height)], header, certificate });
}

/** A header of a later height under the first set, decided by it. */
function later(like: Made, changed: Partial<BlockHeader>): Made["step"] {
  const { networkId } = life.genesis;
  const header = { ...like.header, ...changed };
  return decided(networkId, header, like.validators, false).step;
}

const checkpoint = 256;

/** A snapshot of an empty state, as an honest member would offer it. */
function offer(): Uint8Array {
  const empty = openBucket(encodeBucket([]), 0)?.root ?? new Uint8Array(32);
  const roots = Array.from({ length: limits.buckets }, () => empty);
  const first = heightAt(1);
  const { timeMs, validatorsHash } = first.header;
  const same = { nextValidatorsHash: validatorsHash };
  const at = later(first, { ...same, height: checkpoint, timeMs: timeMs + 256_000 });
  const proof = later(first, {
    ...{ ...same, height: 2 * checkpoint, timeMs: timeMs + 512_000 },
    stateRoot: stateRootOf(roots, 0),
  });
  return encodeArrivingOffer({
    ...{ header: at.header, certificate: at.certificate },
    ...{ proofHeader: proof.header, proofCertificate: proof.certificate },
    ...{ keyCount: 0, bucketRoots: Uint8Array.from(Buffer.concat(roots)) },
    ...{ setChanges: [], trusted: null },
  });
}

const measure = { genesis: life.genesis, trusted: null, pace: async () => undefined };

/** What is followed without a node, and what a newcomer is offered. */
export const lightDoors: readonly Door[] = [
  {
    name: "light.step",
    what: "a header, its certificate and its set, for whoever follows the chain height by height",
    limit: "header, certificate and set by their own bounds; hashes before signatures",
    form: "canonical",
    samples: stepHeights.map(stepOf),
    isOuter: isCanonical,
    read: (given) =>
      verdictOf(() => {
        const { height, ...step } = fromBytes(stepShape, given);
        return advance(followed.get(height) ?? start, step);
      }),
  },
  {
    name: "light.way",
    what: "the changes of the set that lead to one block, as a proof holds them",
    limit: `${limits.proofStepsMax} changes`,
    form: "canonical",
    samples: [wayTo(5), wayTo(13)],
    isOuter: isCanonical,
    read: (given) =>
      verdictOf(() => {
        const { steps, ...block } = fromBytes(wayShape, given);
        return reach(start, steps, block);
      }),
  },
  {
    name: "peer.offer",
    what: "a snapshot that a peer offers, compared with the genesis",
    limit: "512 KiB and its changes of the set; hashes before signatures",
    form: "canonical",
    samples: [offer()],
    isOuter: isCanonical,
    read: (given) =>
      verdictOf(async () => {
        const verdict = await checkOffer(decodeArrivingOffer(given), measure);
        return verdict.ok ? verdict : { ok: false, code: verdict.reason };
      }),
  },
];
