/** Why a card is refused, by the code of the refusal. */
export const enCardRefusals: Readonly<Record<string, string>> = {
  LEDGER_CARD_OTHER_NETWORK: "it was made for a network of another name",
  LEDGER_CARD_EXPIRED: "it is no longer valid",
  LEDGER_CARD_NAME:
    "a name has 1 to 64 characters, no space at its ends and nothing that cannot be seen",
  LEDGER_CARD_HANDLE: "a handle has 2 to 31 characters of a-z, 0-9 and -, beginning with a letter",
  LEDGER_CARD_ADDRESS:
    "an address reads /dns4/node.example.com/tcp/7000, or /ip4/… or /ip6/… in place of /dns4/…",
  LEDGER_CARD_KEY_REPEATED: "it has one key in two roles",
  LEDGER_BAD_SIGNING_KEY: "one of its keys cannot be used",
  LEDGER_BAD_ENCRYPTION_KEY: "one of its keys cannot be used",
};
