import { type Action, type Bodies, signInvitation } from "@tegata/ledger/chain";
import { type BlockId, createSigner, type Hash, type PublicKey } from "@tegata/ledger/primitives";
import { generateSecret } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { z } from "zod";
import type { Wish } from "../api/desk.ts";
import type { MembershipDesk } from "../api/membership-desk.ts";
import type {
  InviteAnswer,
  inviteBody,
  MemberRequest,
  Parting,
  ProposalAnswer,
  proposalBody,
  rotationBody,
  Said,
  Seat,
  StandUpAnswer,
  VoteAnswer,
  voteBody,
} from "../api/membership-schemas.ts";
import type { Clock } from "../clock.ts";
import type { Company } from "../company.ts";
import { GatewayError } from "../errors.ts";
import type { Intake } from "../intake.ts";
import type { Keyring } from "../keyring.ts";
import type { Members } from "../members.ts";
import type { Control } from "../outbox/control.ts";
import type { ControlContent, ControlJobs } from "../outbox/control-jobs.ts";
import type { OwnKeys } from "../own-keys.ts";
import type { Council } from "./council.ts";
import { invitationToText } from "./invitation-text.ts";
import { readyContent } from "./readying.ts";
import { type OwnSeat, readSeat } from "./seat.ts";

/** What changes of the membership are made with. */
export interface MembershipParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly members: Members;
  readonly council: Council;
  readonly control: Control;
  readonly jobs: ControlJobs;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly keyring: Keyring;
  /** Where the company's keys change; null where they never do. */
  readonly keys: OwnKeys | null;
  /** Aborts when the gateway stops. */
  readonly stopped: AbortSignal;
}

const dry: Said = { submission: null, state: "dry-run", height: null };
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

/** Who the members are, and what they decide together. */
export class Membership implements MembershipDesk {
  readonly #parts: MembershipParts;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  async agenda() {
    return await this.#parts.council.read();
  }

  async request(number: number): Promise<MemberRequest> {
    return await this.#parts.council.request(number);
  }

  /** @throws GATEWAY_NO_JOIN_ADDRESS, GATEWAY_JOIN_NOT_OPENED, GATEWAY_LEDGER_REFUSED */
  async invite(body: z.output<typeof inviteBody>, wish: Wish): Promise<InviteAnswer> {
    const { node, company, members, clock } = this.#parts;
    const place = await node.joinPrepare();
    if (place.state === "closed") {
      const { reason, listen } = place;
      if (reason === "no-address") throw new GatewayError("GATEWAY_NO_JOIN_ADDRESS", null);
      throw new GatewayError("GATEWAY_JOIN_NOT_OPENED", { where: listen.join(", ") });
    }
    const { addresses } = place;
    const { height, headBlockId, headTimeMs } = await node.status();
    const companyName = body.company.normalize("NFC");
    const expiresMs = Math.max(clock.nowMs(), headTimeMs) + body.ttlMs;
    await members.refresh();
    const recovers = members.isNameTaken(companyName);
    const invited = { company: companyName, recovers, expiresMs };
    if (wish.dryRun) return { ...dry, ...invited, token: null };
    const seed = generateSecret();
    const signer = createSigner(seed);
    const { network, member } = company;
    const invitation = signInvitation(network, member, { companyName, expiresMs }, signer);
    const said = await this.#say({ kind: "invite", body: invitation }, wish);
    const token = invitationToText({
      networkId: company.network,
      listenerKey: place.key as PublicKey,
      addresses,
      expiresMs,
      trusted: { height, blockId: headBlockId as BlockId },
      seed,
    });
    seed.fill(0);
    return { ...said, ...invited, token };
  }

  /** @throws GATEWAY_REQUEST_UNKNOWN, GATEWAY_REQUEST_CHANGED, GATEWAY_LEDGER_REFUSED */
  async vote(body: z.output<typeof voteBody>, wish: Wish): Promise<VoteAnswer> {
    const { council } = this.#parts;
    const { approve, reason } = body;
    const before = await council.request(body.request);
    if (before.hash !== body.hash) {
      throw new GatewayError("GATEWAY_REQUEST_CHANGED", { request: body.request });
    }
    if (wish.dryRun) return { ...dry, request: before };
    const requestHash = body.hash as Hash;
    const vote: Bodies["vote"] = { request: body.request, requestHash, approve, reason };
    const said = await this.#say({ kind: "vote", body: vote }, wish);
    const { requests } = await council.read();
    const after = requests.find(({ request }) => request === body.request) ?? null;
    return { ...said, request: after };
  }

  /** @throws GATEWAY_COMPANY_UNKNOWN, GATEWAY_LEDGER_REFUSED */
  async propose(body: z.output<typeof proposalBody>, wish: Wish): Promise<ProposalAnswer> {
    const { council, members, company } = this.#parts;
    const member = await members.find(body.company);
    const action: Action =
      body.action === "replace-root"
        ? {
            ...{ type: body.action, member, rootKey: body.rootKey as PublicKey },
            recoveryKey: bytesOf(body.recoveryKey),
            possession: bytesOf(body.possession),
          }
        : { type: body.action, member };
    if (wish.dryRun) return { ...dry, request: null };
    const said = await this.#say({ kind: "propose", body: { action } }, wish);
    const { requests } = await council.read();
    const mine = requests.filter(
      ({ action: type, proposer, about }) =>
        type === body.action && proposer.member === company.member && about?.member === member,
    );
    return { ...said, request: mine.at(-1) ?? null };
  }

  addresses(addresses: readonly string[], wish: Wish): Promise<Said> {
    return this.#say({ kind: "addresses", body: { addresses: [...addresses] } }, wish);
  }

  /** What waits to be said already is not said twice. */
  async part(what: Parting, wish: Wish): Promise<Said> {
    if (wish.dryRun) return dry;
    const content = { kind: what, body: {} };
    const waiting = this.#parts.control.waitingFor(content);
    return waiting === null ? this.#say(content, wish) : this.#until(waiting, wish.waitMs);
  }

  /** @throws GATEWAY_LEDGER_REFUSED for who is no member */
  async seat(): Promise<Seat> {
    return seatAnswer(await this.#ownSeat());
  }

  /** @throws GATEWAY_LEDGER_REFUSED */
  async standUp(wish: Wish): Promise<StandUpAnswer> {
    const own = await this.#ownSeat();
    const at = (step: StandUpAnswer["step"], said: Said): StandUpAnswer => {
      return { ...said, seat: seatAnswer(own), step };
    };
    const refuse = (code: string) => new GatewayError("GATEWAY_LEDGER_REFUSED", { code });
    if (own.state === "left" || own.parting === "leave") throw refuse("LEDGER_MEMBER_UNKNOWN");
    if (own.parting !== null) return at("parting", dry);
    if (own.state === "voting") return at("has-vote", dry);
    if (own.state === "entering") return at("entering", dry);
    if (own.isBarred) throw refuse("LEDGER_SUSPENDED");
    if (own.isKeyUsed) return at("new-key", dry);
    const content = await readyContent(this.#parts.node);
    if (content === null) return at("not-ready", dry);
    if (wish.dryRun) return at("ready", dry);
    try {
      return at("said", await this.#say(content, wish));
    } catch (error) {
      // Somebody else said it meanwhile, or nobody heard of it in time: whoever asks looks again.
      const isStale = error instanceof GatewayError && staleReady.test(refusalOf(error));
      if (!isStale) throw error;
      return at("not-ready", dry);
    }
  }

  async #ownSeat(): Promise<OwnSeat> {
    const { node, company, jobs } = this.#parts;
    const own = await readSeat({ node, company, jobs });
    if (own !== null) return own;
    throw new GatewayError("GATEWAY_LEDGER_REFUSED", { code: "LEDGER_MEMBER_UNKNOWN" });
  }

  /** @throws GATEWAY_COMPANY_UNKNOWN, GATEWAY_LEDGER_REFUSED */
  async rotate(body: z.output<typeof rotationBody>, wish: Wish): Promise<Said> {
    const { company, members, keys, keyring } = this.#parts;
    const isOwn = body.company === null;
    // What is sealed to the new key must open from the first moment on.
    if (isOwn && !wish.dryRun) await keys?.reload();
    for (const pair of keys?.pairs ?? []) keyring.addPair(pair);
    const member = body.company === null ? company.member : await members.find(body.company);
    const { role, version, isCompromised, rootSignature } = body;
    const rotation: Bodies["rotate-key"] = {
      ...{ member, role, version, isCompromised },
      ...{ key: bytesOf(body.key), seal: bytesOf(body.seal) },
      possession: bytesOf(body.possession),
      rootSignature: rootSignature === null ? null : bytesOf(rootSignature),
    };
    return await this.#say({ kind: "rotate-key", body: rotation }, wish);
  }

  /** @throws GATEWAY_LEDGER_REFUSED */
  async #say(content: ControlContent, wish: Wish): Promise<Said> {
    if (wish.dryRun) return dry;
    return this.#until(await this.#parts.control.say(content), wish.waitMs);
  }

  /** @throws GATEWAY_LEDGER_REFUSED */
  async #until(submission: string, waitMs: number): Promise<Said> {
    const { intake, stopped } = this.#parts;
    if (waitMs === 0) return { submission, state: "waiting", height: null };
    const { state, refusal, heightLast } = await intake.wait(submission, waitMs, stopped);
    if (refusal !== null) throw new GatewayError("GATEWAY_LEDGER_REFUSED", { code: refusal.code });
    const isCommitted = state === "committed";
    return { submission, state: isCommitted ? "committed" : "waiting", height: heightLast };
  }
}

/** What the ledger says to a `ready` that came too late or twice. */
const staleReady = /^LEDGER_READY_(?:BLOCK|VALIDATOR|ADMISSION)$/;

function refusalOf({ code, detail }: GatewayError): string {
  return code === "GATEWAY_LEDGER_REFUSED" ? (detail as { readonly code: string }).code : "";
}

function seatAnswer({ state, parting, admission, height }: OwnSeat): Seat {
  return { state, parting, admission, height };
}
