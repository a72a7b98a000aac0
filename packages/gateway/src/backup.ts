import {
  type BackupRecord,
  databaseRecords,
  encodeBackupRecord,
  everyKey,
} from "@tegata/ledger/storage";
import type { SealedStore } from "./store/sealed-store.ts";

/** The databases of a gateway. */
export interface BackupParts {
  readonly outboxStore: SealedStore;
  readonly index: SealedStore;
}

/** What is handed over at a time. */
const partBytes = 65_536;

/**
 * The databases as records of a backup, still sealed, both as they are at one moment: as if the machine had
 * stopped there. Work goes on meanwhile. Source: docs/PROTOCOL.md section 9.
 */
export async function* backupBytes({
  outboxStore,
  index,
}: BackupParts): AsyncGenerator<Uint8Array> {
  const frozen = [
    { name: "gateway/outbox", snapshot: outboxStore.freeze() },
    { name: "gateway/index", snapshot: index.freeze() },
  ];
  try {
    let held: Uint8Array[] = [];
    let bytes = 0;
    for await (const record of recordsOf(frozen)) {
      const encoded = encodeBackupRecord(record);
      held.push(encoded);
      bytes += encoded.length;
      if (bytes < partBytes) continue;
      yield Buffer.concat(held);
      held = [];
      bytes = 0;
    }
    yield Buffer.concat(held);
  } finally {
    for (const { snapshot } of frozen) await snapshot.close();
  }
}

async function* recordsOf(
  frozen: readonly {
    readonly name: string;
    readonly snapshot: ReturnType<SealedStore["freeze"]>;
  }[],
): AsyncGenerator<BackupRecord> {
  for (const { name, snapshot } of frozen) yield* databaseRecords(name, snapshot.range(everyKey));
  yield { type: "end", manifest: "" };
}
