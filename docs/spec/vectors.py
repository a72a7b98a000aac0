"""Recomputes golden vectors of sections 1 to 6 and 8: rules yield (vector, field, expected, recomputed)."""
import base64, hashlib, json
import names
from ledger import KINDS, Ledger
from roster import different, vote_bytes
from seal import encrypt_block, mac, round_keys
from verify import (Chain, Header, Refused, check_card, decode, encode, merkle, need, sign_bytes, tagged,
                    vectors)

def accepts(check, *arguments):
    try:
        check(*arguments)
    except (Refused, ValueError):
        return False
    return True

# ---- 1 and 2
def plain(v):
    """A JSON value in which {"bytes": hex} stands for bytes."""
    if isinstance(v, dict):
        return bytes.fromhex(v["bytes"])
    return [plain(item) for item in v] if isinstance(v, list) else v

def path_of(leaves, n):
    """Siblings on the way from leaf n to the root."""
    if len(leaves) < 2:
        return []
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if n < cut:
        return path_of(leaves[:cut], n) + [merkle(leaves[cut:])]
    return path_of(leaves[cut:], n - cut) + [merkle(leaves[:cut])]

def primitives(g, _):
    for i, v in enumerate(g["taggedHash"]):
        yield f"taggedHash {i}", "hash", v["hash"], tagged(v["tag"], *v["parts"])
    for i, v in enumerate(g["signBytes"]):
        yield f"signBytes {i}", "bytes", v["bytes"], sign_bytes(v["tag"], v["network"], v["hash"], v["era"])
    for i, v in enumerate(g["codec"]):
        value = plain(v["value"])
        yield f"codec {i}", "bytes", v["bytes"], encode(value)
        yield f"codec {i}", "value", repr(value), repr(decode(v["bytes"]))
    for i, v in enumerate(g["merkle"]):
        yield f"merkle {i}", "root", v["root"], merkle(v["leaves"])
        yield f"merkle {i}", "paths", v["paths"], [path_of(v["leaves"], n) for n in range(len(v["leaves"]))]

def codec(g, _):
    for v in g["samples"]:
        yield v["what"], "accepted", v["accepted"], accepts(decode, v["bytes"])
    for i, v in enumerate(g["counted"]):
        data = v["head"] + v["item"] * v["count"]
        yield f"counted {i}", "accepted", v["accepted"], accepts(decode, data, v["itemsMax"])

# ---- 4
def line_of(prefix, data):
    return prefix + base64.urlsafe_b64encode(data).decode().rstrip("=")

def card(g, _):
    record = g["bytes"]
    yield "card", "memberId", g["memberId"], check_card(record, record[0][1], 0)
    yield "card", "hash", g["hash"], tagged("card", record[0].raw)
    yield "card", "bytes", record.raw, encode([record[0].raw, *record[1:]])
    yield "card", "text", g["text"], line_of("tgc1", record.raw)

def genesis(g, _):
    ledger = Ledger(g["bytes"])
    yield "genesis", "networkId", g["networkId"], ledger.network
    yield "genesis", "stateRoot", g["stateRoot"], ledger.roots[0]
    yield "genesis", "text", g["text"], line_of("tgg1", g["bytes"].raw)
    yield from rows("state", g["state"], ledger.state)

def state_of(wanted):
    return {row["key"]: row["value"].raw for row in wanted}

def rows(name, wanted, made):
    """Keys and values, ascending."""
    yield name, "keys", [row["key"] for row in wanted], sorted(made)
    for row in wanted:
        yield name, row["key"].hex(), row["value"].raw, made[row["key"]]

def naming(g, _):
    for v in g["names"]:
        yield v["name"], "accepted", v["accepted"], names.is_name(v["name"])
        if "skeleton" in v:
            yield v["name"], "skeleton", v["skeleton"], names.skeleton(v["name"])
            yield v["name"], "second", v["second"], names.second_skeleton(v["name"])
    for v in g["pairs"]:
        alike = not names.skeletons(v["one"]).isdisjoint(names.skeletons(v["other"]))
        yield f"{v['one']}, {v['other']}", "confusable", v["confusable"], alike
    for v in g["handles"]:
        yield v["handle"], "accepted", v["accepted"], names.is_handle(v["handle"])
    for v in g["addresses"]:
        yield v["address"], "accepted", v["accepted"], names.is_address(v["address"])

# ---- 5
def transactions(g, folder):
    chain = Chain(vectors(folder / "genesis.json")["bytes"])
    for v in g["transactions"]:
        tx, name = v["bytes"], v["kind"]
        chain.transaction(tx, chain.time)
        yield name, "id", v["id"], tagged("transaction-id", tx.raw)
        yield name, "hash", v["hash"], tagged("transaction", tx[0].raw)
        yield name, "kind", name.replace("-", "_"), KINDS[tx[0][7]].__name__

def block(g, folder):
    ledger = Ledger(vectors(folder / "genesis.json")["bytes"])
    ledger.block(g["previous"], g["previousCertificate"].raw)
    yield from rows("stateBefore", g["stateBefore"], ledger.state)
    record = g["bytes"]
    ledger.block(record, g["certificate"].raw)
    yield from rows("changes", g["changes"], ledger.changes)
    yield "block", "id", g["id"], ledger.head
    header = Header(*record[0])._asdict()
    for name in g["header"]:
        yield "block", name, g["header"][name], header[name]
    ids = [tagged("transaction-id", tx.raw) for tx in record[1]]
    yield "block", "transactionIds", g["transactionIds"], ids
    compact = [record[0].raw, ids, record[2], [piece.raw for piece in record[3]]]
    yield "block", "compact", g["compact"].raw, encode(compact)

LANE_OR_EXPIRES = "5.1: lane, or expires"
REASONS = {  # how the refusals of verify.py and ledger.py begin
    "LEDGER_TX_STREAM_NOT_FIRST": "5.3: sequence of a new", "LEDGER_TX_LANE": "5.3: lane of a new",
    "LEDGER_TX_NOT_OWNER": "5.2: stream of the sender", "LEDGER_TX_GENERATION": "5.5: generation",
    "LEDGER_TX_EXPIRED": LANE_OR_EXPIRES, "LEDGER_TX_EXPIRY_TOO_FAR": LANE_OR_EXPIRES,
    "LEDGER_TX_QUOTA_DAY": "5.6: quota of the day", "LEDGER_TX_QUOTA_RETAINED": "5.6: quota of what",
    "LEDGER_TX_FACETS": "5.5: facets of the stream", "LEDGER_TX_GRANTEE_KEY": "5.5: key version",
    "LEDGER_TX_GRANTEE": "5.5: grantee", "LEDGER_TX_PURGE_RANGE": "5.4: range of a purge", "LEDGER_TOO_LARGE": "5.5: size of the body",
    "LEDGER_BAD_SHAPE": ("5.2: body", "5.5: facets, ascending", "5.5: length of the seal")}

def refusal(ledger, tx, time):
    try:
        ledger.transaction(tx, time)
    except Refused as error:
        return str(error)
    return None

def verdicts(g, _):
    for v in g["cases"]:
        ledger = Ledger.at(g["networkId"], g["height"] - 1, state_of(g["state"]))
        wanted, made = v["refusal"], refusal(ledger, v["transaction"], v["timeMs"])
        fits = made is None if wanted is None else (made or "").startswith(REASONS[wanted])
        yield v["what"], "refusal", wanted, wanted if fits else made

def roster_chain(g, _):
    """A chain on which validators fail, are suspended and change; `waiting` is table 13 before a block."""
    ledger = Ledger(g["genesis"])
    for row in g["blocks"]:
        if row["waiting"] is not None:
            ledger.state[b"\x0d"] = row["waiting"].raw
        ledger.block(row["block"], row["certificate"].raw)
        place = f"height {ledger.height}"
        for name, table in zip(("validators", "sidelined", "lastHeight", "validatorChanges"), (7, 8, 12, 13)):
            yield place, name, row[name].raw, encode(ledger.get(table))
        passed_over = [term[0] for term in ledger.get(8)[0]]
        eligible = [v[0] for v in ledger.get(7) if not v[2] and v[0] not in passed_over]
        made = [eligible[(ledger.height + 1 + r) % len(eligible)] for r in range(len(row["nextProposers"]))]
        yield place, "nextProposers", row["nextProposers"], made
    tables = {row["key"][0] for row in g["state"]}
    yield from rows("state", g["state"], {k: v for k, v in ledger.state.items() if k[0] in tables})

def membership(g, _):
    """A chain with all kinds of 5.12, the state after it, and what the next block may hold."""
    ledger = Ledger(g["genesis"])
    for row in g["blocks"]:
        ledger.block(row["block"], row["certificate"].raw)
    yield from rows("state", g["state"], ledger.state)
    for v in g["cases"]:
        after = Ledger.at(ledger.network, ledger.height, ledger.state)
        made = refusal(after, v["transaction"], v["timeMs"])
        yield v["what"], "refusal", v["refusal"], (v["refusal"] or made) if made else None

# ---- 6 and 8
def formats(g, folder):
    said = []
    for name in g:
        kind, *words = name.split()
        if kind == "message":
            said.append((words[1], g[name]))
            yield name, "bytes", g[name].raw, encode(g[name])
        if kind == "evidence":
            number, (_, *messages) = g[name]
            need(different(number, *messages), "6.2: evidence")
            said += [(("vote", "proposal")[number], message) for message in messages]
            yield name, "bytes", g[name].raw, encode(g[name])
    for tag in ("vote", "proposal"):
        raw = g[tag + " sign bytes"]
        network, era = raw[-68:-36], int.from_bytes(raw[-36:-32], "big")
        made = [vote_bytes(network, *body[:5], era=era, tag=tag) for kind, body in said if kind == tag]
        yield tag + " sign bytes", "bytes", raw, raw if raw in made else made
    yield "validators hash", "hash", g["validators hash"], tagged("validators", g["validators"].raw)
    yield from framed(g, frames(folder / "formats.json"))

def frames(path):
    return {name: bytes.fromhex(text) for name, text in json.loads(path.read_bytes()).items()}

def framed(g, raws):
    """6.5 and 6.6: the bytes around the records of a log and of a slot."""
    for name in [name for name in g if name.startswith("log ")]:
        record, raw = g[name], raws[name]
        start = len(record.raw).to_bytes(4, "big") + raw[4:16]
        yield name, "bytes", raw, start + tagged("wal", start, record.raw)[:8] + encode(record)
    name = "guard slot, first 320 bytes"
    payload = encode(g[name])
    slot = len(payload).to_bytes(4, "big") + tagged("guard", payload) + payload
    yield name, "bytes", raws[name], slot.ljust(320, b"\0")

def wire(g, folder):
    raws = frames(folder / "wire.json")
    for name in g:
        made = encode(g[name])
        if name == "helloFrame":
            made = (1 + len(made)).to_bytes(4, "big") + b"\1" + made
        yield name, "bytes", raws[name], made

def join(g, folder):
    raws = frames(folder / "join.json")
    for name in g:
        yield name, "bytes", raws[name], encode(g[name])

def snapshot(g, folder):
    texts = json.loads((folder / "snapshot.json").read_bytes())
    for name in [name for name in g if type(g[name]) is not str]:
        yield name, "bytes", bytes.fromhex(texts[name]), encode(g[name])

def invitation(g, _):  # 4
    at = g["trusted"]["height"], g["trusted"]["blockId"]
    body = encode([1, g["networkId"], g["listenerKey"], g["addresses"], g["expiresMs"], *at, g["seed"]])
    text = base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:4] + body).decode()
    yield "text", "text", g["text"], "tgi1" + text.rstrip("=")

def entry_id(g, _):  # 9
    key = lambda label: mac(g["localKey"], f"tegata/1/local/outbox/{label}".encode())
    texts = [part.encode() for part in ("entry", g["stream"].hex(), g["life"].hex())]
    mark = mac(key("names"), *(len(text).to_bytes(2, "big") + text for text in texts))[:8]
    block = g["ordinal"].to_bytes(6, "big") + g["count"].to_bytes(2, "big") + mark
    yield "entryId", "entryId", g["entryId"], encrypt_block(round_keys(key("blocks")), block)

RULES = {"primitives": primitives, "codec": codec, "card": card, "genesis": genesis, "names": naming,
         "transactions": transactions, "block": block, "verdicts": verdicts, "membership": membership,
         "roster": roster_chain, "formats": formats, "wire": wire, "join": join,
         "snapshot": snapshot, "invitation": invitation, "entry-id": entry_id}
