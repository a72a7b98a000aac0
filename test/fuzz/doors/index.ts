import type { Door } from "../door.ts";
import { agreementDoors } from "./agreement.ts";
import { apiDoors } from "./api.ts";
import { collectedDoors } from "./collected.ts";
import { diskDoors } from "./disk.ts";
import { fileDoors } from "./files.ts";
import { inputDoors } from "./input.ts";
import { ledgerDoors } from "./ledger.ts";
import { socketDoors } from "./socket.ts";
import { vaultDoors } from "./vault.ts";
import { wireDoors } from "./wire.ts";

/** Every place where bytes come in from outside. */
export const doors: readonly Door[] = [
  ...wireDoors,
  ...agreementDoors,
  ...ledgerDoors,
  ...diskDoors,
  ...vaultDoors,
  ...socketDoors,
  ...apiDoors,
  ...fileDoors,
  ...inputDoors,
  ...collectedDoors,
];
