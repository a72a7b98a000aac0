import { randomBytes } from "node:crypto";
import {
  createSigner,
  type NetworkId,
  type PublicKey,
  taggedHash,
  networkId as toNetworkId,
} from "@tegata/ledger/primitives";
import type { JoinTicket } from "../../src/join/client.ts";
import type { InvitationState, JoinAnswer, JoinKnowledge } from "../../src/join/dialogue.ts";
import { type JoinLimits, joinLimits } from "../../src/join/limits.ts";
import type { JoinStanding, Registered } from "../../src/join/messages.ts";
import { type JoinListener, openJoinListener } from "../../src/join/server.ts";
import type { NetworkMember } from "../../src/network/network.ts";
import { member } from "../network/testnet.ts";

export interface HostOptions {
  readonly genesis?: Uint8Array;
  readonly limits?: Partial<JoinLimits>;
  /** What it says instead of the truth. */
  readonly lies?: Partial<Pick<JoinKnowledge, "genesis">> & {
    readonly members?: readonly NetworkMember[];
  };
}

const open: Host[] = [];

/** Closes every listener of the test. */
export async function stopHosts(): Promise<void> {
  await Promise.all(open.splice(0).map((host) => host.close()));
}

/** A member with a listener and one invitation that is open. */
export class Host {
  readonly seed = new Uint8Array(randomBytes(32));
  readonly invitationSeed = new Uint8Array(randomBytes(32));
  readonly members: readonly NetworkMember[] = [
    member(1, ["/dns4/node.example/tcp/7000"]),
    member(2, []),
  ];
  readonly genesis: Uint8Array;
  readonly networkId: NetworkId;
  readonly applications: Uint8Array[] = [];
  /** The member that its invitation lets back in. */
  registered: Registered | null = null;
  readonly carried: (readonly Uint8Array[])[] = [];
  readonly faults: unknown[] = [];
  readonly logs: { readonly fields: object; readonly message: string }[] = [];
  /** How often anybody asked for anything that only an invitation opens. */
  looked = 0;
  /** What becomes of an application; null: nothing, ever. */
  answer: JoinAnswer | null = { ok: true };
  #listener: JoinListener | null = null;
  #state: InvitationState = "open";
  #standing: JoinStanding = { state: "invited", yes: 0, needed: 3, approvers: [] };

  private constructor({ genesis }: HostOptions) {
    this.genesis = genesis ?? new Uint8Array(randomBytes(50_000));
    this.networkId = toNetworkId(taggedHash("genesis", this.genesis));
  }

  static async open(options: HostOptions = {}): Promise<Host> {
    const host = new Host(options);
    open.push(host);
    const log = (fields: object, message: string): void => void host.logs.push({ fields, message });
    host.#listener = await openJoinListener({
      seed: host.seed,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      networkId: host.networkId,
      knowledge: host.#knowledge(options),
      log: { debug: log, info: log, warn: log },
      limits: { ...joinLimits, hostBurst: 1_000, ...options.limits },
      onFault: (error) => void host.faults.push(error),
    });
    return host;
  }

  get listener(): JoinListener {
    if (this.#listener === null) throw new Error("not open");
    return this.#listener;
  }

  get port(): number {
    return Number(this.addresses()[0]?.split("/").at(-1));
  }

  get invitationKey(): PublicKey {
    return createSigner(this.invitationSeed).publicKey;
  }

  addresses(): readonly string[] {
    return this.listener.addresses();
  }

  ticket(): JoinTicket {
    return {
      networkId: this.networkId,
      listenerKey: createSigner(this.seed).publicKey,
      addresses: this.addresses(),
      invitationSeed: this.invitationSeed,
    };
  }

  setState(state: InvitationState): void {
    this.#state = state;
  }

  setStanding(standing: JoinStanding): void {
    this.#standing = standing;
  }

  close(): Promise<void> {
    return this.listener.close();
  }

  #knowledge({ lies = {} }: HostOptions): JoinKnowledge {
    const hand = async (signal: AbortSignal): Promise<JoinAnswer> => {
      this.looked += 1;
      const { answer } = this;
      if (answer === null) {
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)),
        );
      }
      if (answer?.ok === true) this.#state = "used";
      return answer as JoinAnswer;
    };
    return {
      networkName: "Chubu Press",
      genesis: lies.genesis ?? this.genesis,
      invitation: (key) => {
        this.looked += 1;
        return key === this.invitationKey ? this.#state : "unknown";
      },
      standing: () => this.#standing,
      members: () => (this.#standing.state === "approved" ? (lies.members ?? this.members) : null),
      registered: () => this.registered,
      onApplication: (_, bytes, signal) => {
        this.applications.push(bytes);
        return hand(signal);
      },
      onCarry: (_, bodies, signal) => {
        this.carried.push(bodies);
        return hand(signal);
      },
    };
  }
}
