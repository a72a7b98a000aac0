import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { publicKey } from "../../primitives/ids.ts";
import { encryptionKeyBytes } from "../../primitives/key-admission.ts";
import { verifySignature } from "../../primitives/signature.ts";
import type { BlockContext } from "../context.ts";
import { addChange, checkChange, seatOf } from "../governance/changes.ts";
import { checkAdmission, checkNew } from "../governance/keys.ts";
import { limits } from "../limits.ts";
import { type KeyRotation, seedSealBytes } from "../membership-body.ts";
import type { KeyState, MemberState } from "../membership-tables.ts";
import { readNetwork, writeKeyOwner } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { type Role, roleShape } from "../roles.ts";
import type { ValidatorChange } from "../roster/shapes.ts";
import { rotationSignBytes } from "../rotation.ts";
import { currentKey, readMember, servesAt, writeMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

const dayMs = 86_400_000;

/** Lengths that the role asks for. */
function hasForm({ role, key, seal, possession }: KeyRotation): boolean {
  const isSealed = role === "encryption";
  return (
    key.length === (isSealed ? encryptionKeyBytes : 32) &&
    seal.length === (isSealed ? seedSealBytes : 0) &&
    possession.length === (isSealed ? 0 : 64)
  );
}

/** Keys that others seal to, or judge what was written by. */
function isForOthers(role: Role): boolean {
  return role === "transaction" || role === "encryption";
}

/** Without its root a member changes only what its machines need, and nobody changes it for the member. */
function needsRoot({ memberId, body }: TransactionOf<"rotate-key">): boolean {
  return memberId !== body.member || isForOthers(body.role);
}

/**
 * How often: two keys of a role serve at most, and a compromise is declared once a day, for it makes work
 * for others. What only the member's own machines use, its root may declare more often: whoever has the
 * transaction key could have used the day's one up.
 */
function checkPace(
  { keys }: MemberState,
  rotation: KeyRotation,
  timeMs: number,
): TransactionVerdict {
  const { role, isCompromised, rootSignature } = rotation;
  const older = keys.filter((key) => key.role === role && key.endMs !== null);
  if (!isCompromised) {
    const until = Math.max(0, ...older.map(({ endMs }) => endMs ?? 0));
    return until > timeMs ? refuseTransaction("LEDGER_KEY_OVERLAP", { until }) : accepted;
  }
  const dayOf = (time: number | null): number => Math.floor((time ?? 0) / dayMs);
  const today = older.filter((key) => key.isCompromised && dayOf(key.endMs) === dayOf(timeMs));
  const max = rootSignature === null || isForOthers(role) ? 1 : limits.rootDeclarationsMax;
  return today.length >= max
    ? refuseTransaction("LEDGER_KEY_COMPROMISED_AGAIN", { role })
    : accepted;
}

function checkSignatures(
  view: StateReader,
  transaction: TransactionOf<"rotate-key">,
  { rootKey }: MemberState,
): TransactionVerdict {
  const { body } = transaction;
  const { role, key, possession, rootSignature } = body;
  const { networkId } = readNetwork(view);
  const refused = (who: string) => refuseTransaction("LEDGER_KEY_SIGNATURE", { who });
  if (rootSignature === null) {
    if (needsRoot(transaction)) return refused("root");
  } else {
    const message = rotationSignBytes(body, networkId, "root");
    if (!verifySignature(rootKey, message, rootSignature)) return refused("root");
  }
  if (role === "encryption") return accepted;
  const message = rotationSignBytes(body, networkId, role);
  return verifySignature(publicKey(key), message, possession) ? accepted : refused(role);
}

/** The change of the set that a new consensus key asks for, or null for a member without a vote. */
function voteChange(reader: StateReader, rotation: KeyRotation): ValidatorChange | null {
  const { member, role } = rotation;
  if (role !== "consensus") return null;
  const key = publicKey(rotation.key);
  const { isValidator, isEntering } = seatOf(reader, member);
  if (isValidator) return { type: "rekey", member, key };
  return isEntering ? { type: "add", member, key } : null;
}

function checkVote(reader: StateReader, rotation: KeyRotation): TransactionVerdict {
  const change = voteChange(reader, rotation);
  return change === null ? accepted : checkChange(reader, change);
}

/** A key nobody had, of the next version, with the signatures that its role asks for. */
export function checkRotateKey(
  view: StateReader,
  transaction: TransactionOf<"rotate-key">,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const { body } = transaction;
  const { member, role, version, key } = body;
  const state = readMember(view, member);
  if (state === null || state.leftHeight !== null) {
    return refuseTransaction("LEDGER_MEMBER_UNKNOWN", { member });
  }
  const expected = currentKey(state, role).version + 1;
  if (version !== expected) {
    return refuseTransaction("LEDGER_KEY_VERSION", { expected, actual: version });
  }
  if (!hasForm(body)) return refuseTransaction("LEDGER_KEY_REFUSED");
  const verdicts = [
    () => checkPace(state, body, timeMs),
    () => checkNew(view, key),
    () => checkVote(view, body),
    () => checkSignatures(view, transaction, state),
    () => checkAdmission(key),
  ];
  for (const check of verdicts) {
    const verdict = check();
    if (!verdict.ok) return verdict;
  }
  return accepted;
}

/** All keys of the member with the new one: older ones of the role end, the oldest are forgotten. */
function keysWith(
  { keys }: MemberState,
  rotation: KeyRotation,
  { height, timeMs }: BlockContext,
): readonly KeyState[] {
  const { role, version, key, isCompromised } = rotation;
  const ended = (old: KeyState): KeyState => {
    if (old.endMs === null) {
      return { ...old, endMs: timeMs + (isCompromised ? 0 : limits.keyOverlapMs), isCompromised };
    }
    return isCompromised && servesAt(old, timeMs) ? { ...old, endMs: timeMs, isCompromised } : old;
  };
  const added: KeyState = { role, version, key, height, endMs: null, isCompromised: false };
  const versions = [...keys.filter((each) => each.role === role).map(ended), added];
  const all = [
    ...keys.filter((each) => each.role !== role),
    ...versions.slice(-limits.keyVersionsMax),
  ];
  const place = (each: KeyState): number => Number(roleShape.encode(each.role)) * 2 ** 32;
  return all.sort((a, b) => place(a) + a.version - (place(b) + b.version));
}

/** The new key serves at once; a consensus key votes once the set has changed. */
export function applyRotateKey(
  view: StateView,
  { body }: TransactionOf<"rotate-key">,
  context: BlockContext,
): void {
  const { member, role, key } = body;
  const state = readMember(view, member);
  assert(state !== null, "a rotated key is a member's");
  writeMember(view, member, { ...state, keys: keysWith(state, body, context) });
  writeKeyOwner(view, key, member, role);
  const change = voteChange(view, body);
  if (change !== null) addChange(view, change);
}
