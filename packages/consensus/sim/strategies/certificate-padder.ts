import type { BlockId } from "@tegata/ledger/primitives";
import type { CommitCertificate, Message, PolkaCertificate, Vote } from "../../src/index.ts";
import { anotherBlock, type Deceit, type Liar } from "./deceit.ts";

type Signatures = CommitCertificate["signatures"];
type Signed = CommitCertificate | PolkaCertificate;

const heardMax = 200;

/** Certificates that look like proofs: what is missing is filled up with whatever there is. */
class Workshop {
  readonly #liar: Liar;
  #heard: Vote[] = [];

  constructor(liar: Liar) {
    this.#liar = liar;
  }

  keep(vote: Vote): void {
    this.#heard.push(vote);
    if (this.#heard.length > heardMax) this.#heard = this.#heard.slice(heardMax / 2);
  }

  /** Some garbage that has the right length. */
  #garbage(): Uint8Array {
    return new Uint8Array(64).fill(this.#liar.random.below(256));
  }

  /** Any signature of each validator that was heard, whatever it was for. */
  #anySignatures(fits: (vote: Vote) => boolean): Signatures {
    const byVoter = new Map<number, Uint8Array>();
    for (const vote of this.#heard) if (fits(vote)) byVoter.set(vote.voter, vote.signature);
    return [...byVoter].sort(([a], [b]) => a - b);
  }

  padded(certificate: Signed): Signed {
    const { random, context } = this.#liar;
    const { signatures } = certificate;
    const count = context().validators.length;
    const first = signatures[0] ?? [0, this.#garbage()];
    const variants: readonly Signatures[] = [
      signatures.map(() => first),
      signatures.slice(0, 1),
      [...signatures, [count + random.below(3), first[1]]],
      signatures.map(([voter]) => [voter, this.#garbage()]),
      [...signatures].reverse(),
      Array.from({ length: count }, (_, voter) => [voter, this.#garbage()]),
    ];
    return { ...certificate, signatures: variants[random.below(variants.length)] ?? signatures };
  }

  /** A decision of some block out of prevotes, votes of other rounds, votes for nil. */
  invented(round: number, blockId: BlockId): readonly Message[] {
    const { height } = this.#liar.context();
    const here = (vote: Vote): boolean => vote.height === height;
    const kinds: readonly ((vote: Vote) => boolean)[] = [
      (vote) => here(vote) && vote.blockId === blockId && vote.round === round,
      (vote) => here(vote) && vote.blockId === blockId && vote.type === "precommit",
      (vote) => here(vote) && vote.round === round && vote.type === "precommit",
      here,
    ];
    const fits = kinds[this.#liar.random.below(kinds.length)] ?? here;
    const signatures = this.#anySignatures(fits);
    const certificate = { type: "precommit", height, round, blockId, signatures } as const;
    return [
      { kind: "commit", certificate },
      { kind: "polka", certificate: { ...certificate, type: "prevote" } },
      { kind: "commit", certificate: this.padded(certificate) as CommitCertificate },
    ];
  }

  /** Votes of others that they did not cast: made up, or cast for something else. */
  forged(vote: Vote): readonly Message[] {
    const { random, context } = this.#liar;
    const voter = random.below(context().validators.length);
    const garbage = { ...vote, voter, signature: this.#garbage() };
    const heard = this.#heard[random.below(this.#heard.length)] ?? garbage;
    const type = heard.type === "prevote" ? "precommit" : "prevote";
    const twisted: readonly Vote[] = [
      { ...heard, round: heard.round + 1 },
      { ...heard, type },
      { ...heard, blockId: heard.blockId === null ? vote.blockId : null },
      { ...heard, height: heard.height + 1 },
    ];
    const picked = twisted[random.below(twisted.length)] ?? garbage;
    return [garbage, picked].map((one) => ({ kind: "vote", vote: one }));
  }
}

/** Pads certificates with garbage, repeats and strangers, and invents decisions and votes of others. */
export function certificatePadder(liar: Liar): Deceit {
  const workshop = new Workshop(liar);
  return {
    hear(_, packet) {
      if (packet.type === "message" && packet.message.kind === "vote") {
        workshop.keep(packet.message.vote);
      }
    },
    tell(_, own) {
      if (own.kind === "proposal") {
        const { polka } = own.proposal;
        if (polka === null) return [own];
        const padded = workshop.padded(polka) as PolkaCertificate;
        return [{ kind: "proposal", proposal: { ...own.proposal, polka: padded } }];
      }
      const { vote } = own;
      const blockId = liar.random.chance(0.5) ? vote.blockId : anotherBlock(liar, vote.blockId);
      const round = Math.max(0, vote.round - liar.random.below(2));
      const invented = blockId === null ? [] : workshop.invented(round, blockId);
      return [own, ...invented, ...workshop.forged(vote)];
    },
    relay(_, message) {
      if (message.kind === "commit") {
        const certificate = workshop.padded(message.certificate) as CommitCertificate;
        return [{ kind: "commit", certificate }];
      }
      if (message.kind !== "polka") return [message];
      const certificate = workshop.padded(message.certificate) as PolkaCertificate;
      return [{ kind: "polka", certificate }];
    },
  };
}
