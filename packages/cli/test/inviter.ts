import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { invitationToText } from "@tegata/gateway/invitation";
import { buildGenesis, cardFromText, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { type BlockId, type NetworkId, toHex } from "@tegata/ledger/primitives";
import {
  type InvitationState,
  type JoinListener,
  type JoinStanding,
  openJoinListener,
} from "@tegata/node/join";
import { onTestFinished } from "vitest";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const hourMs = 3_600_000;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** The genesis of a network with one founder whose keys nobody needs. */
async function foundedBy(folder: string): Promise<Genesis> {
  const home = join(folder, "founder");
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const words = ["card", "--home", home, ...who, "--address", "/dns4/kato.example/tcp/7000"];
  const { exit, stderr } = await tegata([...words, "--dev-keys", "--passphrase-file", "-"], {
    stdin: new PassThrough().end("correct horse\n"),
  });
  if (exit !== 0) throw new Error(stderr);
  const card = cardFromText(readFileSync(join(home, "card"), "utf8").trim());
  return buildGenesis([card], defaultParameters, Date.now());
}

/** A company that has invited another one, as far as that one can see: a real listener without a node. */
export class Inviter {
  readonly genesis: Genesis;
  /** Every application that was handed in, as often as it was. */
  readonly applications: string[] = [];
  state: InvitationState = "open";
  standing: JoinStanding = { state: "invited", yes: 0, needed: 3, approvers: [] };
  /** How things stand once somebody has applied. */
  afterwards: JoinStanding["state"] = "applied";
  /** Whether an application is answered. */
  answers = true;
  readonly #seed = new Uint8Array(randomBytes(32));
  #listener: JoinListener | null = null;

  private constructor(genesis: Genesis) {
    this.genesis = genesis;
  }

  static async open(): Promise<Inviter> {
    const inviter = new Inviter(await foundedBy(temporaryFolder()));
    inviter.#listener = await openJoinListener({
      seed: new Uint8Array(randomBytes(32)),
      listen: ["/ip4/127.0.0.1/tcp/0"],
      networkId: inviter.genesis.networkId,
      knowledge: {
        networkName: inviter.genesis.networkName,
        genesis: inviter.genesis.bytes,
        invitation: () => inviter.state,
        standing: () => inviter.standing,
        members: () => (inviter.standing.state === "approved" ? [] : null),
        onApplication: async (_, bytes, signal) => {
          inviter.applications.push(toHex(bytes));
          inviter.stand(inviter.afterwards);
          if (inviter.answers) return { ok: true };
          return await new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          });
        },
        registered: () => null,
        onCarry: async () => ({ ok: false, code: "malformed" }),
      },
      log,
      onFault: (error) => {
        throw error;
      },
    });
    onTestFinished(() => inviter.close());
    return inviter;
  }

  stand(state: JoinStanding["state"]): void {
    this.standing = { ...this.standing, state };
  }

  /** The line of the invitation; what is given differs from the truth. */
  line(
    lies: {
      readonly addresses?: readonly string[];
      readonly expiresMs?: number;
      readonly networkId?: NetworkId;
    } = {},
  ): string {
    if (this.#listener === null) throw new Error("not open");
    const { key } = this.#listener;
    return invitationToText({
      networkId: this.genesis.networkId,
      listenerKey: key,
      addresses: this.#listener.addresses(),
      expiresMs: Date.now() + hourMs,
      trusted: { height: 1, blockId: "b2".repeat(32) as BlockId },
      seed: this.#seed,
      ...lies,
    });
  }

  close(): Promise<void> {
    return this.#listener?.close() ?? Promise.resolve();
  }
}
