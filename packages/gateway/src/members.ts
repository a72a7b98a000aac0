import {
  currentKey,
  decodeStateKey,
  decodeStateValue,
  type MemberState,
  tablePrefix,
  type Validator,
  validatorsKey,
} from "@tegata/ledger/chain";
import { equalBytes, idBytes, type MemberId } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { Company as CompanyAnswer } from "./api/schemas.ts";
import type { Company } from "./company.ts";
import { GatewayError } from "./errors.ts";
import { alternatives } from "./names.ts";
import { isNodeAway } from "./node-away.ts";

/** A member's current encryption key. */
export interface EncryptionKey {
  readonly version: number;
  /** 1,216 bytes. */
  readonly key: Uint8Array;
}

const pageMax = 4_096;

/** The members of the network, as the node's head state has them. */
export class Members {
  readonly #node: NodeClient;
  readonly #self: Company;
  readonly #members = new Map<MemberId, MemberState>();
  #validators: readonly Validator[] = [];

  readonly #onSelf: (state: MemberState) => void;

  /** `onSelf` hears of this company itself whenever it was read. */
  constructor(node: NodeClient, self: Company, onSelf: (state: MemberState) => void = () => {}) {
    this.#node = node;
    this.#self = self;
    this.#onSelf = onSelf;
  }

  /** Reads all members anew. @throws what the node's client throws */
  async refresh(): Promise<void> {
    const prefix = tablePrefix("member");
    let after: Uint8Array | null = null;
    for (;;) {
      const page = await this.#node.stateRange(prefix, { after, limit: pageMax });
      for (const [key, value] of page.entries) {
        const name = decodeStateKey(Uint8Array.from(key));
        if (name.table !== "member") continue;
        this.#members.set(name.memberId, decodeStateValue("member", Uint8Array.from(value)));
      }
      const last: Uint8Array | undefined = page.entries.at(-1)?.[0];
      if (!page.more || last === undefined) break;
      after = Uint8Array.from(last);
    }
    const own = this.self();
    if (own !== null) this.#onSelf(own);
    const [validators] = (await this.#node.state([validatorsKey])).values;
    if (validators) {
      this.#validators = decodeStateValue("validators", Uint8Array.from(validators));
    }
  }

  /**
   * Reads the members where one of these is not known yet, as right after the start: people are shown names.
   * While the node is away, who is not known goes by its id.
   */
  async know(wanted: Iterable<MemberId>): Promise<void> {
    const isKnown = (one: MemberId): boolean => one === this.#self.member || this.#members.has(one);
    if ([...wanted].every(isKnown)) return;
    await this.refresh().catch((error: unknown) => {
      if (!isNodeAway(error)) throw error;
    });
  }

  all(): Iterable<readonly [MemberId, MemberState]> {
    return this.#members.entries();
  }

  validators(): readonly Validator[] {
    return this.#validators;
  }

  isValidator(member: MemberId): boolean {
    return this.#validators.some((validator) => validator.member === member);
  }

  /** This company on the ledger; null before it was admitted, or read. */
  self(): MemberState | null {
    return this.#members.get(this.#self.member) ?? null;
  }

  /** A member, or who was one; null for a stranger. */
  state(member: MemberId): MemberState | null {
    return this.#members.get(member) ?? null;
  }

  /** Whether a member has exactly this name. */
  isNameTaken(name: string): boolean {
    const members = [...this.#members.values()];
    return members.some((state) => state.name === name && state.leftHeight === null);
  }

  /** Version of the key that signs this company's transactions; null before the ledger knows it. */
  signingVersion(): number | null {
    const own = idBytes(this.#self.signer.publicKey);
    const registered = this.self()?.keys.find(
      ({ role, key }) => role === "transaction" && equalBytes(key, own),
    );
    return registered?.version ?? null;
  }

  /** To which key this company's secrets are sealed for the day its disk is lost. */
  recoveryKey(): Uint8Array {
    return this.self()?.recoveryKey ?? this.#self.recoveryKey;
  }

  /** A company as people see it; a member that is not known yet goes by its id. */
  company(member: MemberId): CompanyAnswer {
    if (member === this.#self.member) {
      return { member, handle: this.#self.handle, name: this.#self.name };
    }
    const state = this.#members.get(member);
    return {
      member,
      handle: state?.handle ?? member.slice(0, 8),
      name: state?.name ?? member.slice(0, 8),
    };
  }

  encryptionKey(member: MemberId): EncryptionKey | null {
    const state = this.#members.get(member);
    if (state === undefined) return null;
    const { version, key } = currentKey(state, "encryption");
    return { version, key };
  }

  /** The member with this handle, name or id. @throws GATEWAY_COMPANY_UNKNOWN */
  async find(text: string): Promise<MemberId> {
    const found = this.#lookUp(text);
    if (found !== null) return found;
    await this.refresh();
    const later = this.#lookUp(text);
    if (later !== null) return later;
    const known = [...this.#members.values()].filter(({ leftHeight }) => leftHeight === null);
    const shown = known.map(({ handle, name }) => `${name} (${handle})`);
    const understood = known.flatMap(({ handle, name }) => [handle, name]);
    const others = alternatives(text.trim(), shown, understood);
    throw new GatewayError("GATEWAY_COMPANY_UNKNOWN", { name: text, ...others });
  }

  #lookUp(text: string): MemberId | null {
    const wanted = text.normalize("NFC").trim();
    const lower = wanted.toLowerCase();
    for (const [id, { handle, name }] of this.#members) {
      if (handle === lower || name === wanted || id === lower) return id;
    }
    return null;
  }
}
