import type { Value } from "../../primitives/codec.ts";
import type { MemberId, PublicKey } from "../../primitives/ids.ts";
import {
  flag,
  type Infer,
  list,
  nullable,
  record,
  type Shape,
  tuple,
  uint,
} from "../../primitives/shape.ts";
import { limits } from "../limits.ts";
import { memberIdShape, notA, publicKeyShape, word } from "../wire-shapes.ts";

/** One row of the validator set. */
export const validatorShape = record({
  member: memberIdShape,
  key: publicKeyShape,
  suspended: flag,
});

/** Table 7. */
export const validatorsShape = list(validatorShape, limits.membersMax);

const termShape = record({
  member: memberIdShape,
  sinceHeight: uint(),
  termHeights: uint(),
  hasSigned: flag,
});

const endedTermShape = record({
  member: memberIdShape,
  endedHeight: uint(),
  termHeights: uint(),
});

/** Table 8. */
export const sidelinedShape = record({
  terms: list(termShape, limits.membersMax),
  endedTerms: list(endedTermShape, limits.sidelinedRecordsMax),
});

/** Table 12. */
export const lastHeightShape = record({
  validators: validatorsShape,
  eligible: list(uint(limits.membersMax - 1), limits.membersMax),
});

const changeNumber = word({ add: 0, remove: 1, rekey: 2, restore: 3, suspend: 4 });
const changeRow = tuple(changeNumber, memberIdShape, nullable(publicKeyShape));

/** A change of the validator set that was decided and waits for its height. */
export type ValidatorChange =
  | {
      readonly type: "add" | "rekey";
      readonly member: MemberId;
      /** The consensus key that votes from then on. */
      readonly key: PublicKey;
    }
  | { readonly type: "remove" | "restore" | "suspend"; readonly member: MemberId };

const changeShape: Shape<ValidatorChange> = {
  encode(change, path) {
    return changeRow.encode(
      [change.type, change.member, "key" in change ? change.key : null],
      path,
    );
  },
  decode(value: Value, path) {
    const [type, member, key] = changeRow.decode(value, path);
    if (type === "add" || type === "rekey") {
      if (key === null) throw notA(`the key of ${type}`, `${path}[2]`);
      return { type, member, key };
    }
    if (key !== null) throw notA("null", `${path}[2]`);
    return { type, member };
  },
};

/** Table 13. */
export const validatorChangesShape = list(changeShape, limits.validatorChangesMax);

/** A row of table 14. */
export const consensusKeyShape = record({
  member: memberIdShape,
  intervals: list(
    record({ firstHeight: uint(), lastHeight: nullable(uint()) }),
    limits.evidenceHeightsMax,
  ),
});

/** A row of table 15. */
export const evidenceShape = record({ member: memberIdShape, height: uint() });

/** A member's vote: its consensus key, and whether it is suspended on evidence. */
export type Validator = Infer<typeof validatorShape>;
/** A member that does not propose: since which block, for how long, and whether it gave a sign of life. */
export type Term = Infer<typeof termShape>;
/** A term that is over and still doubles the member's next one. */
export type EndedTerm = Infer<typeof endedTermShape>;
/** Terms in force and ended ones, each ascending by member id; no member has both. */
export type Sidelining = Infer<typeof sidelinedShape>;
/** Who voted and who proposed at the height of the last block; empty at the genesis. */
export type LastHeight = Infer<typeof lastHeightShape>;
/** The member a consensus key belongs to, and at which heights it could vote. */
export type ConsensusKeyState = Infer<typeof consensusKeyShape>;
/** Whom a piece of evidence accused, and the block that carried it. */
export type EvidenceState = Infer<typeof evidenceShape>;
