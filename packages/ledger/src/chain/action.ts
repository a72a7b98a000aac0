import { encode, type Value } from "../primitives/codec.ts";
import type { MemberId, PublicKey } from "../primitives/ids.ts";
import { encryptionKeyBytes } from "../primitives/key-admission.ts";
import { bytes, fixedBytes, fromBytes, record, type Shape, uint } from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { type NetworkParameters, parametersShape } from "./network-parameters.ts";
import { memberIdShape, notA, ordinalShape, publicKeyShape } from "./wire-shapes.ts";

/** What the members decide together. Source: docs/PROTOCOL.md, Requests. */
export type Action =
  | {
      readonly type: "admit";
      /** Bytes of the application, see {@link decodeApplication}. */
      readonly application: Uint8Array;
    }
  | { readonly type: "remove" | "suspend" | "readmit"; readonly member: MemberId }
  | {
      readonly type: "replace-root";
      readonly member: MemberId;
      readonly rootKey: PublicKey;
      /** 1,216 bytes. */
      readonly recoveryKey: Uint8Array;
      /** By the new root key, see {@link replacementSignBytes}. */
      readonly possession: Uint8Array;
    }
  | { readonly type: "parameters"; readonly parameters: NetworkParameters }
  | { readonly type: "protocol-version"; readonly version: number; readonly height: number };

/** What an action does. */
export type ActionType = Action["type"];

const memberAlone = record({ member: memberIdShape });

const fieldShapes = {
  admit: record({ application: bytes(limits.applicationBytesMax) }),
  remove: memberAlone,
  suspend: memberAlone,
  readmit: memberAlone,
  "replace-root": record({
    member: memberIdShape,
    rootKey: publicKeyShape,
    recoveryKey: fixedBytes(encryptionKeyBytes),
    possession: fixedBytes(64),
  }),
  parameters: record({ parameters: parametersShape }),
  "protocol-version": record({ version: ordinalShape, height: uint() }),
} as const;

/** Numbers of the actions. Source: docs/PROTOCOL.md, Requests. */
export const ACTION = Object.freeze({
  admit: 1,
  remove: 2,
  suspend: 3,
  readmit: 4,
  "replace-root": 5,
  parameters: 6,
  "protocol-version": 7,
} as const satisfies Readonly<Record<ActionType, number>>);

const typeByNumber: ReadonlyMap<Value, ActionType> = new Map(
  (Object.keys(ACTION) as ActionType[]).map((type) => [ACTION[type], type]),
);

/** `[number, …]`: what follows the number depends on it. */
export const actionShape: Shape<Action> = {
  encode(action, path = "value") {
    const shape = fieldShapes[action.type] as Shape<unknown>;
    const fields = shape.encode(action, path) as readonly Value[];
    return [ACTION[action.type], ...fields];
  },
  decode(value, path) {
    const type = Array.isArray(value) ? typeByNumber.get(value[0]) : undefined;
    if (type === undefined) throw notA("a known action", path);
    const shape = fieldShapes[type] as Shape<object>;
    return { type, ...shape.decode((value as readonly Value[]).slice(1), path) } as Action;
  },
};

/** Canonical bytes of an action, as they lie in a request. */
export function encodeAction(action: Action): Uint8Array {
  return encode(actionShape.encode(action, "action"));
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeAction(actionBytes: Uint8Array): Action {
  return fromBytes(actionShape, actionBytes);
}

/** The member that an action is about, who has no say in it; null where it is about none. */
export function subjectOf(action: Action): MemberId | null {
  return "member" in action ? action.member : null;
}
