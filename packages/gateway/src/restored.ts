import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "@tegata/ledger/storage";

/**
 * A file that `tegata restore` leaves in the gateway's folder: what stands on the ledger since is one's own, though
 * the outbox does not know it. It goes once this run may write.
 */
export interface RestoredMark {
  is(): boolean;
  /**
   * Number of the first entry that was accepted after the restoring, as the first run noted it; `next` where none
   * has. On the disk when it returns.
   */
  firstNumber(next: number): number;
  forget(): void;
}

const numberText = /^[1-9][0-9]{0,15}$/;

/** The mark of a folder of gateway data. Source: docs/PROTOCOL.md section 9. */
export function restoredMark(folder: string): RestoredMark {
  const path = join(folder, "restored");
  return {
    is: () => existsSync(path),
    firstNumber: (next) => {
      const noted = readFileSync(path, "latin1").trim();
      if (numberText.test(noted)) return Number(noted);
      const fresh = `${path}.new`;
      writeFileSync(fresh, `${next}\n`, { mode: 0o600, flush: true });
      renameSync(fresh, path);
      syncFolder(folder);
      return next;
    },
    forget: () => {
      rmSync(path, { force: true });
      syncFolder(folder);
    },
  };
}
