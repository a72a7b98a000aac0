import { bytes, count, counted, duration } from "../print/human.ts";

/** English words of the demo. */
export const enDemo = {
  title: (network: string, version: string, node: string): string =>
    `${network}: four companies on this machine, each with its own node and gateway   (tegata ${version}, Node ${node})`,
  simulated: (rows: number, seed: number): string =>
    `The press is simulated (seed ${seed}): ${count(rows)} strokes of the last two hours.`,
  fromFile: (rows: number, name: string, synthetic: boolean): string =>
    synthetic
      ? `The rows come from ${name}, a synthetic data set: ${count(rows)} rows, one a second up to now.`
      : `The rows come from ${name}: ${count(rows)} rows, one a second up to now.`,
  cast: [
    "Kato Press owns the press. Aoki Motors buys what it makes, Toda Machine built it, Nishi Press competes.",
  ],
  anAddress: "/ip4/127.0.0.1/tcp/…",
  anybody: "anybody",
  steps: {
    found: "Four companies found a network",
    publish: "Kato Press publishes",
    stranger: "A stranger with everybody's cards starts a node",
    grant: "Kato Press grants each partner what it needs",
    read: "Each partner reads exactly that",
    competitor: "Nishi Press tries to read what lies on its own disk",
    revoke: "Kato Press revokes Aoki Motors",
    crash: "Toda Machine is killed and comes back",
    prove: "One value is proven to somebody outside",
  },
  found: (companies: number, processes: number, network: string, height: number): string =>
    `${companies} companies in ${processes} processes agree on network ${network.slice(0, 12)}…, block ${height}`,
  published: (rows: number, facets: number, height: number): string =>
    `${count(rows)} rows in ${facets} facets are on all four disks, encrypted, at block ${count(height)}`,
  strangerRefused: (name: string): string =>
    `${name} knocked and was turned away: no connection, no membership, no data`,
  granted:
    "quality is open to Aoki Motors and status to Toda Machine, for 30 days; nothing to Nishi Press",
  readExactly: (rows: number): string =>
    `each reads its facet of all ${count(rows)} records, every cell as it was written, and no other field`,
  competitorCannot: (size: number, head: string): string =>
    `refused; on its disk lie the same ${bytes(size)} of ciphertext as on the owner's: ${head.slice(0, 24)}…`,
  revoked: (kept: number, later: number, batches: number): string =>
    `Aoki Motors keeps the ${count(kept)} records it could read (${counted(batches, "batch", "batches")}); ${counted(later, "new one stays", "new ones stay")} closed to it`,
  crashed: (name: string, withoutMs: number, height: number): string =>
    `the other three published without it in ${duration(withoutMs)}; ${name} is back at block ${count(height)} with every record`,
  proven: (field: string, value: string, signers: number): string =>
    `${field} ${value} is proven by the signatures of ${signers} companies, offline; a copy with one bit changed is refused`,
  failed: (text: string): string => `failed: ${text}`,
  sameRecord: "The same record, as it lies on the disk of each company:",
  whoReads: "Who can read what (kato$ tegata access):",
  closed: (hex: string): string => hex,
  chainWritten: (height: number, path: string): string =>
    `The whole chain, ${counted(height, "block", "blocks")} with their certificates, is in ${path}.`,
  done: (ms: number): string => `All of it held, in ${duration(ms)}.`,
  notDone: "Something did not hold; the step above says what.",
  interrupted: "Interrupted; everything is being removed.",
  keptTitle: "Everything keeps running until Ctrl-C. Try:",
  cleaning: "Ending …",
  usage: {
    text: "the demo takes other options",
    next: "npm run demo -- [--json] [--keep] [--lang en|ja] [--data FILE.csv] [--chain FILE]",
  },
};
