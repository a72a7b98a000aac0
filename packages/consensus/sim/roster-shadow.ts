// Who votes and who proposes, once more: section 5.10 of the protocol written apart from the ledger, in the
// order of its steps, so that the real rules have something to be compared with.
import type { ValidatorChange } from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";

interface Seat {
  member: MemberId;
  key: PublicKey;
  suspended: boolean;
}

interface TermRow {
  since: number;
  heights: number;
  hasSigned: boolean;
}

/** What a block brought, read from the block itself. */
export interface BlockFacts {
  readonly height: number;
  /** The builder of the block before; null in the first. */
  readonly builderBefore: MemberId | null;
  /** Round and voters' indexes of the certificate in the block; null in the first. */
  readonly certificate: { readonly round: number; readonly voters: readonly number[] } | null;
  /** Whom its evidence accuses. */
  readonly accused: readonly MemberId[];
  readonly requests: readonly ValidatorChange[];
}

/** Who votes and proposes at one height. */
export interface Seats {
  readonly validators: readonly {
    readonly member: MemberId;
    readonly key: PublicKey;
    readonly suspended: boolean;
  }[];
  readonly eligible: readonly number[];
}

const firstTerm = 256;
const longestTerm = 8_192;
const longestWait = 16_384;

/** The bookkeeping of one chain. */
export class RosterShadow {
  #seats: Seat[];
  #terms = new Map<MemberId, TermRow>();
  #ended = new Map<MemberId, { readonly at: number; readonly heights: number }>();
  #waiting: ValidatorChange[] = [];
  #before: Seats = { validators: [], eligible: [] };
  #now: Seats;

  constructor(seats: Seats["validators"]) {
    this.#seats = seats.map((seat) => ({ ...seat }));
    this.#now = this.#inForce();
  }

  /** In force at the next height. */
  get now(): Seats {
    return this.#now;
  }

  #inForce(): Seats {
    const validators = this.#seats
      .map((seat) => ({ ...seat }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const eligible: number[] = [];
    validators.forEach(({ member, suspended }, index) => {
      if (!suspended && !this.#terms.has(member)) eligible.push(index);
    });
    return { validators, eligible };
  }

  #f(): number {
    return Math.floor((this.#seats.length - 1) / 3);
  }

  #suspended(): number {
    return this.#seats.filter(({ suspended }) => suspended).length;
  }

  #seatOf(member: MemberId): Seat | undefined {
    return this.#seats.find((seat) => seat.member === member);
  }

  #end(member: MemberId, height: number): void {
    const term = this.#terms.get(member);
    if (term === undefined) return;
    this.#terms.delete(member);
    this.#ended.set(member, { at: height, heights: term.heights });
  }

  /** Steps 1 to 7. */
  add({ height, builderBefore, certificate, accused, requests }: BlockFacts): void {
    const seatsMax = Math.max(1, this.#f());
    let taken = 0;
    for (const member of accused) {
      const seat = this.#seatOf(member);
      if (seat === undefined || seat.suspended || this.#suspended() >= this.#f()) continue;
      seat.suspended = true;
      taken += 1;
    }
    if (certificate !== null) this.#steps2to4(height, builderBefore, certificate);
    this.#change(requests, seatsMax - taken);
    this.#makeRoom(height);
    for (const [member, { at }] of this.#ended) {
      if (height - at >= longestTerm) this.#ended.delete(member);
    }
    this.#before = this.#now;
    this.#now = this.#inForce();
  }

  #steps2to4(
    height: number,
    builderBefore: MemberId | null,
    { round, voters }: NonNullable<BlockFacts["certificate"]>,
  ): void {
    const { validators, eligible } = this.#before;
    for (const index of voters) {
      const term = this.#terms.get(validators[index]?.member as MemberId);
      if (term !== undefined) term.hasSigned = true;
    }
    for (const [member, { since, heights, hasSigned }] of [...this.#terms]) {
      const served = height - since;
      if ((served >= heights && hasSigned) || served >= longestWait) this.#end(member, height);
    }
    if (round > Math.floor((validators.length - 1) / 3)) return;
    for (let turn = 0; turn < round; turn += 1) {
      const index = eligible[(height - 1 + turn) % eligible.length] as number;
      const member = validators[index]?.member as MemberId;
      const seat = this.#seatOf(member);
      const isFree = seat !== undefined && !seat.suspended && !this.#terms.has(member);
      if (member === builderBefore || !isFree) continue;
      const ended = this.#ended.get(member);
      const isAgain = ended !== undefined && height - ended.at < longestTerm;
      const heights = isAgain ? Math.min(2 * ended.heights, longestTerm) : firstTerm;
      this.#ended.delete(member);
      this.#terms.set(member, { since: height, heights, hasSigned: false });
    }
  }

  /** Step 5: suspensions, removals of the suspended, then the rest, each ascending by member. */
  #change(requests: readonly ValidatorChange[], room: number): void {
    for (const request of requests) {
      const isTwin = ({ member, type }: ValidatorChange): boolean =>
        member === request.member && type === request.type;
      this.#waiting = [...this.#waiting.filter((other) => !isTwin(other)), request];
    }
    const isUrgent = ({ type, member }: ValidatorChange): boolean =>
      type === "remove" && this.#seatOf(member)?.suspended === true;
    const byMember = [...this.#waiting].sort((a, b) =>
      a.member < b.member ? -1 : a.member > b.member ? 1 : 0,
    );
    const rank = (one: ValidatorChange): number =>
      one.type === "suspend" ? 0 : isUrgent(one) ? 1 : 2;
    const order = [0, 1, 2].flatMap((wanted) => byMember.filter((one) => rank(one) === wanted));
    const held = new Set<MemberId>();
    let left = room;
    for (const change of order) {
      if (left <= 0) return;
      if (held.has(change.member)) continue;
      const fate = this.#try(change);
      if (fate === "waits") held.add(change.member);
      else this.#waiting = this.#waiting.filter((other) => other !== change);
      if (fate === "taken") left -= 1;
    }
  }

  #try(change: ValidatorChange): "taken" | "dropped" | "waits" {
    const { member } = change;
    const seat = this.#seatOf(member);
    if (change.type === "add") {
      if (seat !== undefined || this.#seats.some(({ key }) => key === change.key)) return "dropped";
      this.#seats.push({ member, key: change.key, suspended: false });
      return "taken";
    }
    if (seat === undefined) return "dropped";
    if (change.type === "rekey") {
      if (this.#seats.some(({ key }) => key === change.key)) return "dropped";
      seat.key = change.key;
      return "taken";
    }
    if (change.type === "suspend") {
      if (seat.suspended || this.#suspended() >= this.#f()) return "dropped";
      seat.suspended = true;
      return "taken";
    }
    if (change.type === "restore") {
      if (!seat.suspended) return "dropped";
      seat.suspended = false;
      return "taken";
    }
    const rest = this.#seats.length - 1;
    if (!seat.suspended && (rest === 0 || this.#suspended() > Math.floor((rest - 1) / 3))) {
      return "waits";
    }
    this.#seats = this.#seats.filter((other) => other !== seat);
    return "taken";
  }

  /** Step 6. */
  #makeRoom(height: number): void {
    for (const member of [...this.#terms.keys()]) {
      if (this.#seatOf(member)?.suspended !== false) this.#end(member, height);
    }
    const room = Math.max(0, this.#f() - this.#suspended());
    while (this.#terms.size > room) {
      const [first] = [...this.#terms].sort(
        ([one, a], [other, b]) => a.since - b.since || (one < other ? -1 : 1),
      );
      this.#end(first?.[0] as MemberId, height);
    }
  }
}
