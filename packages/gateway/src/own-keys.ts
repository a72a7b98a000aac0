import { currentKey, type MemberState } from "@tegata/ledger/chain";
import { createSigner, equalBytes, idBytes, type Signer } from "@tegata/ledger/primitives";
import type { GatewaySecret } from "@tegata/ledger/storage";
import { createXwingKeyPair, type XwingKeyPair } from "@tegata/ledger/vault";

/** Reads the own keys anew, among which the next ones may be. */
export type ReadSecret = () => Promise<GatewaySecret>;

/**
 * The keys of this company that its gateway works with: all that its keystore holds. The ledger says which one
 * signs; with each of them opens what was sealed to it.
 */
export class OwnKeys {
  readonly #read: ReadSecret | null;
  readonly #signers: Signer[] = [];
  readonly #pairs: XwingKeyPair[] = [];
  #signer: Signer;

  constructor(secret: GatewaySecret, read: ReadSecret | null) {
    this.#read = read;
    this.#take(secret);
    this.#signer = createSigner(secret.transactionSeed);
  }

  /** Signs transactions now. */
  get signer(): Signer {
    return this.#signer;
  }

  /** All encryption keys, oldest first. */
  get pairs(): readonly XwingKeyPair[] {
    return this.#pairs;
  }

  /** Takes what came into the keystore since. @throws what reading it throws */
  async reload(): Promise<void> {
    if (this.#read !== null) this.#take(await this.#read());
  }

  /** Signs with the key that the ledger has; true when that is another one than before. */
  follow(state: MemberState): boolean {
    const { key } = currentKey(state, "transaction");
    const found = this.#signers.find((signer) => equalBytes(idBytes(signer.publicKey), key));
    if (found === undefined || found.publicKey === this.#signer.publicKey) return false;
    this.#signer = found;
    return true;
  }

  #take({ transactionSeed, encryptionSeed, laterSeeds = [] }: GatewaySecret): void {
    const seedsOf = (role: string): readonly Uint8Array[] =>
      laterSeeds.filter((one) => one.role === role).map(({ seed }) => seed);
    for (const seed of [transactionSeed, ...seedsOf("transaction")]) {
      const signer = createSigner(seed);
      const isKnown = this.#signers.some(({ publicKey }) => publicKey === signer.publicKey);
      if (!isKnown) this.#signers.push(signer);
    }
    for (const seed of [encryptionSeed, ...seedsOf("encryption")]) {
      const pair = createXwingKeyPair(seed);
      const { bytes } = pair.publicKey;
      const isKnown = this.#pairs.some(({ publicKey }) => equalBytes(publicKey.bytes, bytes));
      if (!isKnown) this.#pairs.push(pair);
    }
  }
}
