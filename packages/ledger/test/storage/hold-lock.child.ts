// Takes the lock of the given folder, says how it went, and holds it until it is killed.
import { LedgerError } from "../../src/primitives/index.ts";
import { takeLock } from "../../src/storage/lock-file.ts";

try {
  takeLock(process.argv[2] ?? "");
  console.log("held");
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(
    error instanceof LedgerError ? `${error.code} ${JSON.stringify(error.detail)}` : error,
  );
}
