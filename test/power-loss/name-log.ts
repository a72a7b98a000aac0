import { type Named, type Names, namesFromText } from "./listing.ts";

type Table = Map<string, Map<string, Named>>;

/** A change of names; it happens whole or not at all. */
interface NameChange {
  readonly folders: readonly string[];
  readonly apply: (table: Table) => void;
}

/** Every change of names since a disk began, in order, and which of them must last. */
export interface NameLog {
  readonly changes: readonly NameChange[];
  /** Whether each was made to last, by a sync of its folder or because a later one in its folder was. */
  readonly isLasting: readonly boolean[];
}

function namesIn(table: Table, folder: string): Map<string, Named> {
  const known = table.get(folder) ?? new Map<string, Named>();
  table.set(folder, known);
  return known;
}

/** A number that a folder had and another one got is another name. */
class Folders {
  readonly #names = new Map<string, string>();
  #again = 0;

  nameOf(number: string): string {
    return this.#names.get(number) ?? number;
  }

  make(number: string): string {
    this.#again += 1;
    const name = `${number}.${this.#again}`;
    this.#names.set(number, name);
    return name;
  }
}

function changeOf(fields: readonly string[], folders: Folders): NameChange {
  const [kind = "", first = "", name = "", third = "", fourth = "", fifth = "", type = ""] = fields;
  const folder = folders.nameOf(first);
  if (kind === "C") {
    const isFolder = fourth === "d";
    const number = isFolder ? folders.make(third) : third;
    const named = { number, isFolder };
    const apply = (table: Table): void => {
      if (fourth === "o") return;
      namesIn(table, folder).set(name, named);
      if (isFolder) table.set(number, new Map());
    };
    return { folders: [folder], apply };
  }
  if (kind === "D") {
    return { folders: [folder], apply: (table) => void namesIn(table, folder).delete(name) };
  }
  const to = folders.nameOf(third);
  const isFolder = type === "d";
  const named = { number: isFolder ? folders.nameOf(fifth) : fifth, isFolder };
  const apply = (table: Table): void => {
    namesIn(table, folder).delete(name);
    namesIn(table, to).set(fourth, named);
  };
  return { folders: [folder, to], apply };
}

/** Reads what the library noted. */
export function readNameLog(text: string): NameLog {
  const changes: NameChange[] = [];
  const synced = new Map<string, number>();
  const folders = new Folders();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const fields = line.split("\t");
    if (fields[0] === "S") synced.set(folders.nameOf(fields[1] ?? ""), changes.length - 1);
    else changes.push(changeOf(fields, folders));
  }
  const isLasting = changes.map(() => false);
  for (let index = changes.length - 1; index >= 0; index -= 1) {
    const touched = changes[index]?.folders ?? [];
    if (!touched.some((folder) => (synced.get(folder) ?? -1) >= index)) continue;
    isLasting[index] = true;
    for (const folder of touched) synced.set(folder, Math.max(synced.get(folder) ?? -1, index));
  }
  return { changes, isLasting };
}

/** The names after those changes that last, and after the first `count` of all. */
export function namesAfter(before: string, { changes, isLasting }: NameLog, count: number): Names {
  const table = namesFromText(before);
  for (const [index, { apply }] of changes.entries()) {
    if (index < count || isLasting[index] === true) apply(table);
  }
  return table;
}
