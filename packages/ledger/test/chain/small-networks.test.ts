import { expect, test } from "vitest";
import {
  type Action,
  readMember,
  readRequest,
  readValidators,
  replacementSignBytes,
} from "../../src/chain/index.ts";
import { createSigner } from "../../src/primitives/index.ts";
import { bytesOf, type Ledger, member, newLedger } from "./fixtures.ts";
import { lastRequest, propose, say, vote } from "./membership-fixtures.ts";

/** How many have to agree, the one who asks among them, until an action about the last member is carried out. */
function agreeing(ledger: Ledger, action: Action): number {
  const first = member(ledger, 0);
  say(ledger, first, propose(ledger, first, action));
  const { number, hash } = lastRequest(ledger);
  for (let count = 0; count < ledger.founders.length - 1; count += 1) {
    const voter = member(ledger, count);
    say(ledger, voter, vote(ledger, voter, number, hash));
    if (readRequest(ledger.state, number) === null) return count + 1;
  }
  throw new Error("everybody else agreed, and nothing happened");
}

// What docs/OPERATING.md says of small networks.
test.each([
  [2, 1],
  [3, 2],
  [4, 3],
  [5, 3],
])(
  "of %i companies %i remove another one, and as many give it a root of their choice",
  (count, needed) => {
    const removing = newLedger(count);
    const { id } = member(removing, count - 1);
    expect(agreeing(removing, { type: "remove", member: id })).toBe(needed);
    expect(readMember(removing.state, id)?.leftHeight).not.toBeNull();
    expect(readValidators(removing.state)).toHaveLength(count - 1);

    const replacing = newLedger(count);
    const root = createSigner(bytesOf("a root that another company made"));
    const { recoveryKey } = member(replacing, 0).body;
    const said = { member: id, rootKey: root.publicKey, recoveryKey: foreign(recoveryKey) };
    const possession = root.sign(replacementSignBytes(replacing.genesis.networkId, said));
    expect(agreeing(replacing, { type: "replace-root", ...said, possession })).toBe(needed);
    expect(readMember(replacing.state, id)?.rootKey).toBe(root.publicKey);
  },
);

/** Another key that is admissible: only the part for X25519 differs. */
function foreign(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key, (byte, index) => (index === key.length - 2 ? byte ^ 1 : byte));
}
