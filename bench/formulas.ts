// What a machine could do at best, from what its parts cost. Pure: bench/calibrate.ts measures the parts.

/** What one transaction of a workload costs at least, in microseconds of CPU. */
export interface StageCosts {
  /** Canonical decoding of the transaction and its content. */
  readonly decodeUs: number;
  /** SHA-256 of transaction, content and payload. */
  readonly hashUs: number;
  /** Its share of the transactions' Merkle tree. */
  readonly merkleUs: number;
  /** Payload, body and index through the storage layer, synced, in blocks of many transactions. */
  readonly storeUs: number;
  /** Sealing its rows: salts, leaves, encryption. */
  readonly sealUs: number;
  /** JSON over HTTP between a company's system and its gateway, both ends. */
  readonly jsonUs: number;
  /** Encrypting and writing the outbox entry, synced. */
  readonly outboxUs: number;
  /** CBOR over HTTP between gateway and node, both ends. */
  readonly handOverUs: number;
  /** Bytes of transaction and payload. */
  readonly bytes: number;
}

/** What this machine does, measured by bench/calibrate.ts. */
export interface Calibration {
  /** One Ed25519 verification under the native rule. */
  readonly verifyUs: number;
  readonly signUs: number;
  /** From a synced write to its answer: wall clock, median. */
  readonly syncMs: number;
  /** One way between two processes over loopback: wall clock, half the median round trip. */
  readonly delayMs: number;
  /** Sequential writing, synced at the end. */
  readonly diskBytesPerSecond: number;
  /** {@link batchRows} records in one transaction, and one record in one. */
  readonly batch: StageCosts;
  readonly single: StageCosts;
}

/** Who does the work that is measured. */
export interface Setting {
  /** Cores of the machine, shared by all. */
  readonly cores: number;
  /** Validators on this machine. */
  readonly validators: number;
  /** Gateways that submit; 0: transactions come signed from outside. */
  readonly gateways: number;
}

/** What keeps a throughput from being higher. */
export type Term = "cpu" | "node-main-thread" | "gateway-main-thread" | "disk";

/** The least of all limits, with its name. */
export interface Limit {
  readonly perSecond: number;
  readonly term: Term;
  readonly terms: Readonly<Record<Term, number | null>>;
}

/** Rows of a batch that is calibrated. */
export const batchRows = 100;
/** Every byte is written to LevelDB's log and once more to a table. */
export const writeAmplification = 2;
/** Share of the storage layer's work that LevelDB does on threads of its own. */
export const storeElsewhere = 0.6;

/** How records are handed over and joined. */
export interface Work {
  /** Rows in one call of the gateway's API. */
  readonly rowsPerCall: number;
  /** Rows in one transaction, at least 1: a gateway joins what waits. */
  readonly rowsPerTransaction: number;
}

/** Costs of a transaction of any number of rows, on the line through the two that were measured. */
export function stageOf({ single, batch }: Calibration, rows: number): StageCosts {
  const share = (rows - 1) / (batchRows - 1);
  const names = Object.keys(single) as (keyof StageCosts)[];
  const pairs = names.map((name) => {
    const cost = single[name] + (batch[name] - single[name]) * share;
    return [name, Math.max(cost, Math.min(single[name], batch[name]))] as const;
  });
  return Object.fromEntries(pairs) as unknown as StageCosts;
}

/** CPU of one transaction on one validator: V + H + D + M + S; gossip is counted as free. */
export function validatorUs(calibration: Calibration, stage: StageCosts): number {
  const { hashUs, decodeUs, merkleUs, storeUs } = stage;
  return calibration.verifyUs + hashUs + decodeUs + merkleUs + storeUs;
}

/** CPU of one record until a node has it: JSON in, outbox, sealing, signature, hand-over. */
export function submitUs(calibration: Calibration, work: Work, setting: Setting): number {
  const { rowsPerCall, rowsPerTransaction } = work;
  const transaction = stageOf(calibration, rowsPerTransaction);
  if (setting.gateways === 0) return transaction.handOverUs / rowsPerTransaction;
  const call = stageOf(calibration, rowsPerCall);
  const signed = transaction.sealUs + calibration.signUs + transaction.handOverUs;
  return (call.jsonUs + call.outboxUs) / rowsPerCall + signed / rowsPerTransaction;
}

/** CPU of one record at least, on all validators and until it gets there. */
export function recordUs(calibration: Calibration, work: Work, setting: Setting): number {
  const { rowsPerTransaction } = work;
  const validating = validatorUs(calibration, stageOf(calibration, rowsPerTransaction));
  const submitting = submitUs(calibration, work, setting);
  return (setting.validators * validating) / rowsPerTransaction + submitting;
}

/** Records a second that this machine could commit on all its validators. */
export function throughputLimit(calibration: Calibration, work: Work, setting: Setting): Limit {
  const { cores, validators, gateways } = setting;
  const { rowsPerTransaction: rows } = work;
  const stage = stageOf(calibration, rows);
  const onMain =
    validatorUs(calibration, stage) - calibration.verifyUs - storeElsewhere * stage.storeUs;
  const written = validators * writeAmplification * stage.bytes;
  const terms: Record<Term, number | null> = {
    cpu: (cores * 1e6) / recordUs(calibration, work, setting),
    "node-main-thread": (rows * 1e6) / onMain,
    "gateway-main-thread":
      gateways === 0 ? null : (gateways * 1e6) / submitUs(calibration, work, setting),
    disk: (rows * calibration.diskBytesPerSecond) / written,
  };
  let term: Term = "cpu";
  for (const name of Object.keys(terms) as Term[]) {
    if ((terms[name] ?? Number.POSITIVE_INFINITY) < (terms[term] as number)) term = name;
  }
  return { perSecond: terms[term] as number, term, terms };
}

/** The parts of the shortest time from submission to commit notice. */
export interface LatencyLimit {
  readonly ms: number;
  /** Which part is the largest. */
  readonly term: "delay" | "sync" | "cpu";
  readonly delayMs: number;
  readonly syncMs: number;
  readonly cpuMs: number;
}

function quorum(validators: number): number {
  return Math.floor((2 * validators) / 3) + 1;
}

/** Shortest time from submission to commit notice on an idle network, see bench/README.md. */
export function latencyLimit(calibration: Calibration, setting: Setting): LatencyLimit {
  const { cores, validators, gateways } = setting;
  const { verifyUs, signUs, single } = calibration;
  const votes = quorum(validators);
  // To the proposer, unless it is the own node; then proposal, prevotes, precommits.
  const delays = (validators - 1) / validators + 3;
  const delayMs = delays * calibration.delayMs;
  // Before the prevote, before the precommit, bodies, state; the outbox before all of them.
  const syncs = gateways === 0 ? 4 : 5;
  const syncMs = syncs * calibration.syncMs;
  // A quorum checks transaction, proposal and each other's votes; the machine's cores share that.
  const checking = votes * ((2 + 2 * (votes - 1)) * verifyUs + 2 * signUs + single.storeUs);
  const one: Work = { rowsPerCall: 1, rowsPerTransaction: 1 };
  const cpuMs = (submitUs(calibration, one, setting) + checking / Math.min(cores, votes)) / 1e3;
  const parts = { delay: delayMs, sync: syncMs, cpu: cpuMs };
  const names = Object.keys(parts) as (keyof typeof parts)[];
  const term = names.reduce((most, name) => (parts[name] > parts[most] ? name : most));
  return { ms: delayMs + syncMs + cpuMs, term, delayMs, syncMs, cpuMs };
}

/** Value at a share of the sorted samples (nearest rank); null without samples. */
export function quantile(samples: readonly number[], share: number): number | null {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? null;
}

const driftMax = 0.15;

/** The part whose cost changed most between two calibrations, and by which share of the smaller. */
export function driftOf(
  before: Calibration,
  after: Calibration,
): { readonly part: string; readonly share: number; readonly unsteady: boolean } {
  let part = "verifyUs";
  let share = 0;
  for (const [name, one, other] of comparable(before, after)) {
    const change = Math.abs(one - other) / Math.min(one, other);
    if (change > share) [part, share] = [name, change];
  }
  return { part, share, unsteady: share > driftMax };
}

/** What CPU and nothing else decides: disks and schedulers vary by more without meaning it. */
function comparable(
  before: Calibration,
  after: Calibration,
): (readonly [string, number, number])[] {
  const { batch: one } = before;
  const { batch: other } = after;
  return [
    ["verifyUs", before.verifyUs, after.verifyUs],
    ["signUs", before.signUs, after.signUs],
    ["batch.hashUs", one.hashUs, other.hashUs],
    ["batch.sealUs", one.sealUs, other.sealUs],
    ["batch.decodeUs", one.decodeUs, other.decodeUs],
  ];
}

/** The better of two calibrations part by part, because noise only ever adds. */
export function bestOf(before: Calibration, after: Calibration): Calibration {
  return {
    verifyUs: Math.min(before.verifyUs, after.verifyUs),
    signUs: Math.min(before.signUs, after.signUs),
    syncMs: Math.min(before.syncMs, after.syncMs),
    delayMs: Math.min(before.delayMs, after.delayMs),
    diskBytesPerSecond: Math.max(before.diskBytesPerSecond, after.diskBytesPerSecond),
    batch: bestStage(before.batch, after.batch),
    single: bestStage(before.single, after.single),
  };
}

function bestStage(before: StageCosts, after: StageCosts): StageCosts {
  const names = Object.keys(before) as (keyof StageCosts)[];
  const pairs = names.map((name) => [name, Math.min(before[name], after[name])] as const);
  return Object.fromEntries(pairs) as unknown as StageCosts;
}
