/** A company of a network that is only for trying. */
export interface DevCompany {
  readonly name: string;
  readonly handle: string;
}

const names: readonly (readonly [name: string, handle: string])[] = [
  ["Kato Press", "kato"],
  ["Aoki Motors", "aoki"],
  ["Toda Machine", "toda"],
  ["Nishi Press", "nishi"],
  ["Mori Steel", "mori"],
  ["Hara Tooling", "hara"],
  ["Ueda Castings", "ueda"],
  ["Ono Bearings", "ono"],
  ["Sato Logistics", "sato"],
  ["Kubo Electric", "kubo"],
];

/** Names for so many companies; after the first ten they are numbered. */
export function devCompanies(count: number): readonly DevCompany[] {
  return Array.from({ length: count }, (_, index) => {
    const [name, handle] = names[index] ?? [`Company ${index + 1}`, `company-${index + 1}`];
    return { name, handle };
  });
}
