// Opens the database in the given folder as LevelDB does, with no other lock, and holds it until it is killed.
import { openLevelStore } from "../../src/storage/level-store.ts";
import { tableFolderOptions } from "./table-folder.ts";

await openLevelStore(tableFolderOptions(process.argv[2] ?? "", "open"));
console.log("open");
setInterval(() => undefined, 60_000);
