import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What a name stands for: the number of a file or folder. Sockets and the like are none. */
export interface Named {
  readonly number: string;
  readonly isFolder: boolean;
}

/** The names in each folder, by the folder's number. */
export type Names = ReadonlyMap<string, ReadonlyMap<string, Named>>;

/** A tree as it lies there; files and folders are known by their numbers. */
export interface Listing {
  readonly root: string;
  readonly names: Names;
  /** One path of each file and folder. */
  readonly paths: ReadonlyMap<string, string>;
}

/** The number of the file or folder at a path. */
export function numberOf(path: string): string {
  return String(lstatSync(path, { bigint: true }).ino);
}

/** Reads a tree that nobody changes. */
export function readListing(root: string): Listing {
  const names = new Map<string, Map<string, Named>>();
  const paths = new Map<string, string>();
  const visit = (folder: string): void => {
    const number = numberOf(folder);
    paths.set(number, folder);
    const here = new Map<string, Named>();
    names.set(number, here);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const status = lstatSync(path, { bigint: true });
      const isFolder = status.isDirectory();
      if (!isFolder && !status.isFile()) continue;
      here.set(name, { number: String(status.ino), isFolder });
      if (isFolder) visit(path);
      else paths.set(String(status.ino), path);
    }
  };
  visit(root);
  return { root: numberOf(root), names, paths };
}

/** The names as text, and back. */
export function namesToText(names: Names): string {
  return JSON.stringify([...names].map(([folder, here]) => [folder, [...here]]));
}

export function namesFromText(text: string): Map<string, Map<string, Named>> {
  const folders = JSON.parse(text) as [string, [string, Named][]][];
  return new Map(folders.map(([folder, here]) => [folder, new Map(here)]));
}
