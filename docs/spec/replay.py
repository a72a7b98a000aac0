#!/usr/bin/env python3
"""Goes on where verify.py ends, with the files beside it.

  python3 docs/spec/replay.py golden DIR...   recomputes every field of the golden vectors, verifies the proof
  python3 docs/spec/replay.py chain FILE      executes an exported chain and recomputes all its roots
"""
import sys
sys.dont_write_bytecode = True
import proof, sharing, vectors
from ledger import Ledger
from verify import main, need

RULES = vectors.RULES | sharing.RULES | proof.RULES

class Fields(dict):
    """A JSON object that knows which of its fields were asked for."""
    def __init__(self, fields):
        super().__init__(fields)
        self.asked = {"note"}

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

def watched(v):
    if type(v) is dict:
        return Fields({name: watched(item) for name, item in v.items()})
    return [watched(item) for item in v] if type(v) is list else v

def unread(v):
    """Names of fields that no rule asked for."""
    if type(v) is Fields:
        return set(v) - v.asked | {name for item in v.values() for name in unread(item)}
    return {name for item in v for name in unread(item)} if type(v) is list else set()

def check_file(path):
    g, seen = watched(vectors.vectors(path)), []
    need(path.stem in RULES, "no rule for this file")
    for vector, field, wanted, made in RULES[path.stem](g, path.parent):
        need(wanted == made, f"{vector}: {field}: expected {str(wanted)[:200]}, recomputed {str(made)[:200]}")
        seen.append(vector)
    need(not unread(g), f"no rule for the fields {', '.join(sorted(unread(g)))}")
    print(f"{path}: {len(set(seen))} vectors, {len(seen)} fields recomputed")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Ledger, check_file, __doc__))
