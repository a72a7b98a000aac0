import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "@tegata/ledger/storage";

/**
 * A file that `tegata restore` leaves in the gateway's folder: what stands on the ledger since is one's own, though
 * the outbox does not know it. It goes once this run may write.
 */
export interface RestoredMark {
  is(): boolean;
  forget(): void;
}

/** The mark of a folder of gateway data. Source: docs/PROTOCOL.md section 9. */
export function restoredMark(folder: string): RestoredMark {
  const path = join(folder, "restored");
  return {
    is: () => existsSync(path),
    forget: () => {
      rmSync(path, { force: true });
      syncFolder(folder);
    },
  };
}
