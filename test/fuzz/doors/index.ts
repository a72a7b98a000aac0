import type { Door } from "../door.ts";
import { agreementDoors } from "./agreement.ts";
import { answerDoors } from "./answers.ts";
import { apiDoors } from "./api.ts";
import { arrivalDoors } from "./arrivals.ts";
import { collectedDoors } from "./collected.ts";
import { diskDoors } from "./disk.ts";
import { fileDoors } from "./files.ts";
import { homeDoors } from "./home.ts";
import { inputDoors } from "./input.ts";
import { keptDoors } from "./kept.ts";
import { knockingDoors } from "./knocking.ts";
import { ledgerDoors } from "./ledger.ts";
import { lightDoors } from "./light.ts";
import { plantDoors } from "./plant-door.ts";
import { socketDoors } from "./socket.ts";
import { vaultDoors } from "./vault.ts";
import { wireDoors } from "./wire.ts";

/** Every place where bytes come in from outside. */
export const doors: readonly Door[] = [
  ...knockingDoors,
  ...wireDoors,
  ...arrivalDoors,
  ...agreementDoors,
  ...ledgerDoors,
  ...lightDoors,
  ...diskDoors,
  ...vaultDoors,
  ...socketDoors,
  ...apiDoors,
  ...plantDoors,
  ...answerDoors,
  ...fileDoors,
  ...homeDoors,
  ...keptDoors,
  ...inputDoors,
  ...collectedDoors,
];
