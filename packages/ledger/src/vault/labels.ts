function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "ascii"));
}

/**
 * Every label under which the vault derives a key, in one place so that no two can be the same.
 * Those in `terms` are the first item of a canonical array; the others are the bytes themselves and are
 * used under a key that no `terms` label is used under, or differ from each other before their end.
 * Source: docs/PROTOCOL.md sections 3, 5.3 and 7.
 */
export const labels = Object.freeze({
  rootSign: ascii("tegata/1/root/sign"),
  rootRecovery: ascii("tegata/1/root/recovery"),
  treeChild: ascii("tegata/1/ggm"),
  salt: ascii("tegata/1/salt"),
  seal: ascii("tegata/1/seal"),
  terms: Object.freeze({
    facet: "tegata/1/facet",
    part: "tegata/1/part",
    meta: "tegata/1/meta",
  }),
});
