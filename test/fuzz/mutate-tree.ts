import type { Edit } from "./plan.ts";

/** A value with other values inside it: what JSON says, and what the canonical encoding says. */
export type Tree =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Tree[]
  | { readonly [name: string]: Tree };

/** Reads and writes values inside byte strings and texts, such as a transaction inside a block. */
export interface Nesting {
  readonly inside: (leaf: Uint8Array | string) => Tree | null;
  readonly written: (tree: Tree, leaf: Uint8Array | string) => Uint8Array | string;
}

/** A value as it is walked: its own, or that of the bytes it holds. */
interface Opened {
  readonly tree: Tree;
  readonly leaf: Uint8Array | string | null;
}

const numbers: readonly number[] = [
  0,
  1,
  -1,
  23,
  24,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
];

const texts: readonly string[] = [
  "",
  "\u0000",
  "\ufeff",
  "\u202egnp.exe",
  "e\u0301",
  "鍵",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "NaN",
  "-0",
  "1e999",
  "x".repeat(70_000),
];

const leaves: readonly Tree[] = [null, true, false, [], new Uint8Array(0), ...numbers, ...texts];

const longestList = 5_000;
const shortLength = 64;
const fewRepeats = 40;

function isRecord(tree: Tree): tree is { readonly [name: string]: Tree } {
  return (
    typeof tree === "object" &&
    tree !== null &&
    !Array.isArray(tree) &&
    !(tree instanceof Uint8Array)
  );
}

function childrenOf(tree: Tree): readonly Tree[] {
  if (Array.isArray(tree)) return tree as readonly Tree[];
  return isRecord(tree) ? Object.values(tree) : [];
}

/** Changes trees of one form: those of the canonical encoding, or those of JSON. */
export class TreeChanger {
  readonly #nesting: Nesting;
  /** Most of a changed tree is the sample it was made from, which is counted once. */
  readonly #sizes = new WeakMap<object, number>();

  constructor(nesting: Nesting) {
    this.#nesting = nesting;
  }

  /** One change somewhere in the tree. */
  change(tree: Tree, edit: Edit): Tree {
    const place = edit.at % this.#size(tree);
    const [changed] = this.#at(tree, place, (found) => this.#changed(found, edit, tree));
    return changed;
  }

  #open(tree: Tree): Opened {
    if (typeof tree !== "string" && !(tree instanceof Uint8Array)) return { tree, leaf: null };
    const inside = this.#nesting.inside(tree);
    return inside === null ? { tree, leaf: null } : { tree: inside, leaf: tree };
  }

  #size(given: Tree): number {
    const { tree } = this.#open(given);
    if (typeof tree !== "object" || tree === null) return 1;
    const known = this.#sizes.get(tree);
    if (known !== undefined) return known;
    let size = 1;
    for (const child of childrenOf(tree)) size += this.#size(child);
    this.#sizes.set(tree, size);
    return size;
  }

  /** The tree with its value number `place` changed, counted from the top; and how many were passed. */
  #at(given: Tree, place: number, change: (found: Tree) => Tree): [Tree, number] {
    if (place === 0) return [change(given), 1];
    const { tree, leaf } = this.#open(given);
    let passed = 1;
    const made = childrenOf(tree).map((child) => {
      const size = passed > place ? 0 : this.#size(child);
      const isHere = passed <= place && place < passed + size;
      const next = isHere ? this.#at(child, place - passed, change)[0] : child;
      passed += size;
      return next;
    });
    const rebuilt = isRecord(tree)
      ? Object.fromEntries(Object.keys(tree).map((name, index) => [name, made[index] as Tree]))
      : made;
    return [leaf === null ? rebuilt : this.#nesting.written(rebuilt, leaf), passed];
  }

  #changed(found: Tree, edit: Edit, whole: Tree): Tree {
    const { what, amount } = edit;
    const general = what % 8;
    if (general === 0) return leaves[amount % leaves.length] as Tree;
    if (general === 1) return this.#another(whole, amount);
    if (general === 2) return [found];
    const { tree, leaf } = this.#open(found);
    if (leaf !== null && general < 6) return this.#nesting.written(inList(tree, edit), leaf);
    return Array.isArray(found) || isRecord(found) ? inList(found, edit) : inLeaf(found, edit);
  }

  /** Another value of the same tree: well formed, in the wrong place. */
  #another(whole: Tree, amount: number): Tree {
    let taken: Tree = null;
    this.#at(whole, amount % this.#size(whole), (found) => {
      taken = found;
      return found;
    });
    return taken;
  }
}

function inList(tree: Tree, { at, what, amount }: Edit): Tree {
  if (isRecord(tree)) return inRecord(tree, { at, what, amount });
  if (!Array.isArray(tree) || tree.length === 0) return [tree, null];
  const items = [...(tree as readonly Tree[])];
  const index = amount % items.length;
  const item = items[index] as Tree;
  switch ((what >>> 3) % 5) {
    case 0:
      return items.toSpliced(index, 1);
    case 1:
      return items.toSpliced(index, 0, item);
    case 2:
      return items.toSpliced(index, 1).toSpliced(at % items.length, 0, item);
    case 3:
      return items.concat(new Array<Tree>(at % repeatsOf(item)).fill(item)).slice(0, longestList);
    default:
      return items.toReversed();
  }
}

/** How often a value is repeated at most: what is long itself fills no more memory than a list of short ones. */
function repeatsOf(item: Tree): number {
  const isShort =
    typeof item === "string" || item instanceof Uint8Array
      ? item.length <= shortLength
      : childrenOf(item).length === 0;
  return isShort ? longestList : fewRepeats;
}

function inRecord(
  tree: { readonly [name: string]: Tree },
  { at, what, amount }: Pick<Edit, "at" | "what" | "amount">,
): Tree {
  const names = Object.keys(tree);
  const name = names[amount % Math.max(1, names.length)] ?? "name";
  switch ((what >>> 3) % 3) {
    case 0:
      return Object.fromEntries(Object.entries(tree).filter(([other]) => other !== name));
    case 1:
      return { ...tree, [texts[at % texts.length] as string]: tree[name] ?? null };
    default:
      return { ...tree, [name]: leaves[at % leaves.length] as Tree };
  }
}

function inLeaf(leaf: Tree, { at, what, amount, bytes }: Edit): Tree {
  if (typeof leaf === "number") {
    const steps = [1, -1, 2 ** 16, 2 ** 32, -leaf, leaf];
    const stepped = leaf + (steps[amount % steps.length] as number);
    return Number.isSafeInteger(stepped) ? stepped : (numbers[at % numbers.length] as number);
  }
  if (typeof leaf === "boolean") return !leaf;
  if (typeof leaf === "string") {
    const index = at % (leaf.length + 1);
    const text = texts[amount % (texts.length - 1)] as string;
    return `${leaf.slice(0, index)}${text}${leaf.slice(index + (what % 3))}`.toWellFormed();
  }
  if (!(leaf instanceof Uint8Array)) return amount;
  if (leaf.length === 0) return bytes;
  const index = at % leaf.length;
  switch ((what >>> 3) % 3) {
    case 0:
      return leaf.map((byte, position) => (position === index ? byte ^ (1 << (amount & 7)) : byte));
    case 1:
      return leaf.slice(0, index);
    default:
      return Uint8Array.from([...leaf, ...bytes]);
  }
}
