#!/usr/bin/env python3
"""A second reading of Tegata's protocol, written from docs/PROTOCOL.md and docs/protocol-consensus.md alone.

  python3 docs/spec/verify.py golden DIR...   recomputes every golden vector (JSON files) of these folders
  python3 docs/spec/verify.py chain FILE      follows an exported chain from its genesis and executes it

Numbers in comments and messages are sections of the documents. Not here: the look-alikes of names (4).
"""
import json, sys
from base64 import b64decode
from pathlib import Path
sys.dont_write_bytecode = True
from golden import check_folder
from ledger import Ledger, Refused, counters, need

def chain(path):
    place = "genesis"
    transactions = evidence = 0
    try:
        with open(path, encoding="utf-8") as lines:
            first = json.loads(next(lines))
            need(first.get("schema") == "tegata.chain/1", "schema of the file")
            ledger = Ledger(b64decode(first["genesis"], validate=True))
            for line in lines:
                place = f"height {ledger.height + 1}"
                row = json.loads(line)
                done = ledger.block(*(b64decode(row[name], validate=True) for name in ("block", "certificate")))
                transactions, evidence = transactions + done[0], evidence + done[1]
    except (Refused, ValueError, KeyError, TypeError, StopIteration) as error:
        print(f"{path}: {place}: {type(error).__name__}: {error}")
        return 1
    checkpoints = sum(c <= max(0, ledger.height - 17) for c in ledger.roots)
    print(f"{path}: ok: network {ledger.network.hex()}, heights 1-{ledger.height}, {transactions} transactions, "
          f"{counters['signatures']} signatures, {evidence} pieces of evidence; every changesRoot recomputed, "
          f"{checkpoints} checkpoints, head {ledger.head.hex()}")
    return 0

def main(arguments):
    if len(arguments) == 2 and arguments[0] == "chain":
        return chain(arguments[1])
    if len(arguments) > 1 and arguments[0] == "golden":
        return max(check_folder(Path(folder)) for folder in arguments[1:])
    print(__doc__)
    return 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
