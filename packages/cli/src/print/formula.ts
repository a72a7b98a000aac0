const formulaStart = /^[=+\-@\t\r]/;
const number = /^[+-]?(?:\d+(?:[.,]\d*)*(?:[eE][+-]?\d+)?)?$/;

/**
 * A text as a spreadsheet shows it instead of computing it: what begins like a formula gets an
 * apostrophe in front. Numbers and a lone sign stay.
 */
export function plainText(text: string): string {
  return formulaStart.test(text) && !number.test(text) ? `'${text}` : text;
}
