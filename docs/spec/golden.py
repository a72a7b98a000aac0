"""Recomputes golden vectors. Each function below yields (vector, field, expected, recomputed) for one file."""
import base64, hashlib, json, unicodedata
from seal import expand, gcm_open, mac, seal_open, xwing_keys
from ledger import *

unhex = bytes.fromhex

class Fields(dict):
    """A JSON object that knows which of its fields were asked for."""
    all = []

    def __init__(self, pairs):
        super().__init__(pairs)
        self.asked = {"note"}
        Fields.all.append(self)

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

def as_value(pairs):
    return unhex(pairs[0][1]) if [name for name, _ in pairs] == ["bytes"] else Fields(pairs)

def primitives(g):
    for i, v in enumerate(g["taggedHash"]):
        yield f"taggedHash {i}", "hash", v["hash"], tagged(v["tag"], *map(unhex, v["parts"])).hex()
    for i, v in enumerate(g["signBytes"]):
        made = sign_bytes(v["tag"], unhex(v["network"]), unhex(v["hash"]), v["era"])
        yield f"signBytes {i}", "bytes", v["bytes"], made.hex()
    for i, v in enumerate(g["codec"]):
        yield f"codec {i}", "bytes", v["bytes"], encode(v["value"]).hex()
        yield f"codec {i}", "value", repr(v["value"]), repr(decode(unhex(v["bytes"])))
    for i, v in enumerate(g["merkle"]):
        leaves = [unhex(leaf) for leaf in v["leaves"]]
        yield f"merkle {i}", "root", v["root"], merkle(leaves).hex()
        yield f"merkle {i}", "paths", v["paths"], [path_of(leaves, n) for n in range(len(leaves))]

def path_of(leaves, n):
    path = []
    merkle(leaves, n, path)
    return [node.hex() for node in path]

def card(g):
    raw = unhex(g["bytes"])
    body = decode(decode(raw)[0])
    member, _ = check_card(raw, body[1], 0)
    yield "card", "memberId", g["memberId"], member.hex()
    yield "card", "hash", g["hash"], tagged("card", decode(raw)[0]).hex()
    yield "card", "bytes", raw, encode(decode(raw))

def genesis(g):
    ledger = founded(g)
    yield "genesis", "networkId", g["networkId"], ledger.network.hex()
    yield "genesis", "stateRoot", g["stateRoot"], ledger.roots[0].hex()
    yield from rows("state", g["state"], ledger.state)

def founded(g):
    return Ledger(unhex(g["bytes"]))

def rows(name, wanted, made):
    """Keys and values, ascending."""
    yield name, "keys", [row["key"] for row in wanted], [key.hex() for key in sorted(made)]
    for row in wanted:
        yield name, row["key"], row["value"], made[unhex(row["key"])].hex()

def neighbour(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))

def transactions(g, folder):
    ledger = founded(neighbour(folder, "genesis.json"))
    for v in g["transactions"]:
        raw, name = unhex(v["bytes"]), v["kind"]
        content_raw, signature = read(raw, (bytes, 64), "5.1: transaction")
        content = read(content_raw, CONTENT, "5.1: content")
        hash_ = tagged("transaction", content_raw)
        key = ledger.key(content[1], 3)[1]
        signed(key, signature, sign_bytes("transaction", ledger.network, hash_), "5.1: transaction")
        yield name, "id", v["id"], tagged("transaction-id", raw).hex()
        yield name, "hash", v["hash"], hash_.hex()
        yield name, "kind", name.replace("-", "_"), KINDS[content[7]].__name__

def roster_chain(g):
    """A chain on which validators fail, are suspended and change; `waiting` replaces table 13 before the block."""
    ledger = Ledger(unhex(g["genesis"]))
    for row in g["blocks"]:
        if row["waiting"] is not None:
            ledger.state[b"\x0d"] = unhex(row["waiting"])
        ledger.block(unhex(row["block"]), unhex(row["certificate"]))
        for name, table in (("validators", 7), ("sidelined", 8), ("lastHeight", 12), ("validatorChanges", 13)):
            yield f"height {ledger.height}", name, row[name], encode(ledger.get(table)).hex()
        passed_over = [term[0] for term in ledger.get(8)[0]]
        eligible = [v[0].hex() for v in ledger.get(7) if not v[2] and v[0] not in passed_over]
        made = [eligible[(ledger.height + 1 + r) % len(eligible)] for r in range(len(row["nextProposers"]))]
        yield f"height {ledger.height}", "nextProposers", row["nextProposers"], made
    tables = {row["key"][:2] for row in g["state"]}
    yield from rows("state", g["state"], {k: v for k, v in ledger.state.items() if k[:1].hex() in tables})

OWN_NAMES = {"timeMs": "time", "previousBlockId": "previous", "previousCertificateHash": "certificate_hash"}

def block(g, folder):
    raw, ledger = unhex(g["bytes"]), founded(neighbour(folder, "genesis.json"))
    header, txs, previous, evidence = read_block(raw)
    yield "block", "id", g["id"], header.id.hex()
    for name, value in g["header"].items():
        made = getattr(header, OWN_NAMES.get(name) or re.sub("[A-Z]", lambda c: "_" + c[0].lower(), name))
        g["header"].asked.add(name)
        yield "block", name, value, made if isinstance(made, int) else made.hex()
    ids = [tagged("transaction-id", t) for t in txs]
    yield "block", "transactionIds", g["transactionIds"], [i.hex() for i in ids]
    yield "block", "compact", g["compact"], encode([decode(raw, 2**20)[0], ids, previous, evidence]).hex()
    # the vector's certificate is filler, and its block is executed on the state of height 0
    ledger.execute(header.height, header.time, header.proposer, txs, 0, [], [])
    yield from rows("changes", g["changes"], ledger.changes)
    yield "block", "changesRoot executed", header.changes_root.hex(), ledger.changes_root().hex()
    yield "block", "stateRoot of height 0", header.state_root.hex(), ledger.roots[0].hex()
    yield "block", "validatorsHash executed", header.validators_hash.hex(), validators_hash(ledger.get(7)).hex()

def keystore(g):
    v = json.loads(g["text"])
    kdf, role = v["kdf"], v["role"]
    n, r, p = kdf["N"], kdf["r"], kdf["p"]
    need([v["format"], kdf["name"], v["cipher"]] == ["tegata-keystore/1", "scrypt", "aes-256-gcm"], "3: keystore")
    need(n <= 2**20 and r <= 32 and p <= 16 and 128 * n * r <= 2**30, "3: keystore")
    passphrase = unicodedata.normalize("NFKC", g["passphrase"]).encode()
    salt, nonce, data = (base64.b64decode(v) for v in (kdf["salt"], v["nonce"], v["ciphertext"]))
    key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2**31 - 1, dklen=32)
    opened = gcm_open(key, nonce, data, f"tegata-keystore/1/{role}".encode())
    plain = read(opened, (ONE, 32, 32, 32), "3: keystore")
    for name, value in zip(("transactionSeed", "encryptionSeed", "localKey"), plain[1:]):
        yield "keystore", name, g[name], value.hex()

# ---- network (8)

SIDECAR = (bytes, [bytes])
WIRE = {
    "requestBlock": (range(1, 2), 32), "requestCertified": (range(2, 3), UINT),  # requests without their id
    "requestPayloads": (range(3, 4), [(32, range(16))]), "requestSidecars": (range(4, 5), [32]),
    "transactions": [SIDECAR], "announce": [32], "want": [32],
    "answerBlock": (bytes,), "answerCertified": (bytes, bytes), "answerPayloads": [Or((None, bytes))],
    "answerSidecars": [Or((None, SIDECAR))],
}

def wire(g):
    for name in g:
        raw = unhex(g[name])
        yield name, "bytes", g[name], encode(read(raw, WIRE[name], "8: " + name)).hex()

# ---- consensus (6)

STATUS = (UINT, ROUND, range(4), bool, bytes, bytes)
ROUND_CERTIFICATE = (range(2), UINT, ROUND, [(UINT, range(2), Or((None, 32)), 64)])
MESSAGES = {10: PROPOSAL, 11: VOTE, 12: COMMIT, 13: COMMIT, 14: ROUND_CERTIFICATE, 15: STATUS, 16: EVIDENCE,
            17: (UINT, UINT), 18: (UINT, UINT, [PROPOSAL], [VOTE])}
SIGNED = Or(((range(1), (PROPOSAL,)), (ONE, (VOTE,))))
LOCK = Or((None, (ROUND, 32)))
CERTIFICATE = Or(((range(2), COMMIT), (range(2, 3), ROUND_CERTIFICATE)))
VALIDATOR = (32, 32, bool)
START = (32, UINT, UINT, [VALIDATOR], [UINT], Or((None, UINT)), (UINT,) * 4)
RULES = (ROUND, range(3), LOCK, LOCK, [range(3)])
POLKA = Or((None, COMMIT))
DRAFT = Or(((range(1), ((*PROPOSAL[:5], PROPOSAL[6]),)), (ONE, (VOTE[:5],))))
CHAPTER = (START, RULES, Or((None, PROPOSAL)), bool, range(4), bool, [VOTE], POLKA, [VOTE], POLKA, POLKA,
           Or((None, ROUND_CERTIFICATE)), [(32, range(3))], [DRAFT], bool)
LOG = {"startHeight": START,
       "proposal": (PROPOSAL,), "vote": (VOTE,), "certificate": (CERTIFICATE,),
       "timeout": ((range(3), UINT, ROUND),), "built": (UINT, ROUND, 32),
       "verdict": (UINT, ROUND, 32, bool, bool, bool), "signed": (SIGNED,), "proposable": (UINT,),
       "resume": ([SIGNED], LOCK), "chapter": CHAPTER}
GUARD_MESSAGE = (UINT, UINT, ROUND, range(3), Or((None, 32)), range(-1, 2**31 - 1), UINT)
GUARD = (ONE, UINT, 32, [(GUARD_MESSAGE, Or((None, 64)))], Or((None, (UINT, ROUND, 32))))

def consensus(g):
    said, validators = [], []
    for name in g:
        raw, words = unhex(g[name]), name.split()
        if words[0] == "message":
            body = read(raw, MESSAGES[int(words[3])], "6.2: message")
            said.append((words[2], body))
        elif words[0] == "evidence":
            body = read(raw, EVIDENCE, "6.2: evidence")
            need(different(*body), "6.2: evidence")
            said += [("proposal" if body[0] else "vote", message) for message in body[1][1:]]
        elif words[0] == "log":
            body, at = log_record(words[1], raw), list(LOG).index(words[1])
            yield name, "index", at, int.from_bytes(raw[4:8], "big")
            validators = body[3] if at == 0 else validators
            continue
        else:
            continue
        yield name, "bytes", g[name], encode(body).hex()
    for tag in ("vote", "proposal"):
        raw = unhex(g[tag + " sign bytes"])
        network, era = raw[-68:-36], int.from_bytes(raw[-36:-32], "big")
        made = [vote_bytes(network, *body[:5], era=era, tag=tag).hex() for kind, body in said if kind == tag]
        yield tag + " sign bytes", "bytes", raw.hex(), raw.hex() if raw.hex() in made else made
    count = 1 + max(body[4] for kind, body in said if kind in ("vote", "proposal"))  # the log's set, continued
    whole = [[v[:-1] + bytes([i]) for v in validators[0][:2]] + [False] for i in range(count)]
    yield "validators hash", "hash", g["validators hash"], validators_hash(whole).hex()
    yield "guard slot", "bytes", *guard(unhex(g["guard slot, first 320 bytes"]))

def log_record(name, raw):
    length, header, checksum, payload = int.from_bytes(raw[:4], "big"), raw[:16], raw[16:24], raw[24:]
    need(length == len(payload) and checksum == tagged("wal", header, payload)[:8], "6.5: frame")
    return read(payload, (range(*(list(LOG).index(name) + i for i in (0, 1))), LOG[name]), "6.5: record " + name)[1]

def guard(raw):
    payload = raw[36:36 + int.from_bytes(raw[:4], "big")]
    need(raw[4:36] == tagged("guard", payload), "6.6: checksum")
    slot = encode(read(payload, GUARD, "6.6: guard"))
    return raw, (raw[:36] + slot).ljust(len(raw), b"\0")

# ---- vault (7)

def child(node, bit):
    return mac(node, b"tegata/1/ggm", bytes([bit]))

def node_at(root, level, index):
    for shift in range(level - 1, -1, -1):
        root = child(root, index >> shift & 1)
    return root

def cover(first, last):
    """7.3: maximal subtrees within the span, from the left."""
    nodes = []
    while first <= last:
        height = min((first & -first).bit_length() - 1 if first else 20, (last - first + 1).bit_length() - 1)
        nodes.append([20 - height, first >> height])
        first += 1 << height
    return nodes

def facet_root(tree, generation, facet):
    network, stream = unhex(tree["network"]), unhex(tree["stream"])
    info = encode(["tegata/1/facet", network, stream, generation, facet])
    return expand(unhex(tree["streamRoot"]), info)

def key_tree(tree):
    for v in tree["facetRoots"]:
        yield "facetRoots", str(v), v["root"], facet_root(tree, v["generation"], v["facet"]).hex()
    for v in tree["nodes"]:
        made = node_at(facet_root(tree, 1, 0), v["level"], v["index"])
        yield "nodes", str(v), v["node"], made.hex()
    for v in tree["covers"]:
        yield "covers", str(v), v["nodes"], cover(v["first"], v["last"])

def padded_length(plain):
    size = 256
    while size < len(plain) + 1:
        size *= 2
    return size

def pad(plain):
    return (plain + b"\x80").ljust(padded_length(plain), b"\0")

def open_part(p, header, facet, payload):
    """7.4 step 6: commitment and plaintext, padding included."""
    bound = sha(header) + bytes([facet])
    keys = expand(p, b"tegata/1/seal" + bound, 76)
    return keys[44:].hex(), gcm_open(keys[:32], keys[32:44], payload, bound)

def leaves_of(p, rows_, disclosure):
    """7.4 steps 2 and 3: leaves of a facet, and those of the fields of each row."""
    salt_key = expand(p, b"tegata/1/salt")
    salt = lambda *place: mac(salt_key, encode(list(place)))
    leaves, fields = [encode(["count", salt(0, 0, 0), len(rows_)])], []
    for i, row in enumerate(rows_):
        fields.append([encode(["field", i, j, salt(2, i, j), value]) for j, value in enumerate(row)])
        while len(fields[i]) & len(fields[i]) - 1:
            fields[i].append(encode(["field-decoy", i, len(fields[i]), salt(4, i, len(fields[i]))]))
        whole = ["row", i, salt(1, i, 0), row]
        leaves.append(encode(whole if disclosure == "row" else ["fields", i, merkle(fields[i])]))
    while len(leaves) & len(leaves) - 1:
        leaves.append(encode(["decoy", len(leaves), salt(3, len(leaves), 0)]))
    return leaves, fields

def batch(b, tree):
    names = ("network", "owner", "streamId", "lane", "schemaHash")
    network, owner, stream, lane, schema = (unhex(b["place"][name]) for name in names)
    generation, epoch, sequence = (b["place"][name] for name in ("generation", "epoch", "sequence"))
    rnd, facets = unhex(b["rnd"]), b["facets"]
    plains = [encode(facet["rows"]) for facet in facets]
    header = encode(["part", 1, network, owner, stream, generation, epoch, lane, sequence, schema, rnd,
                     [unhex(facet["root"]) for facet in facets], [padded_length(plain) for plain in plains]])
    yield "batch", "headerHash", b["headerHash"], sha(header).hex()
    for i, (facet, plain) in enumerate(zip(facets, plains)):
        name, epoch_key = f"batch facet {i}", node_at(facet_root(tree, generation, i), 20, epoch)
        p = expand(epoch_key, encode(["tegata/1/part", stream, generation, i, lane, sequence, rnd]))
        leaves, fields = leaves_of(p, facet["rows"], facet["disclosure"])
        commitment, opened = open_part(p, header, i, unhex(facet["payload"]))
        yield name, "epochKey", facet["epochKey"], epoch_key.hex()
        yield name, "root", facet["root"], merkle(leaves).hex()
        yield name, "commitment", facet["commitment"], commitment
        yield name, "payload", pad(plain), opened
        yield from leaf(name + " row1", facet["row1"], leaves, 2)
        if facet["disclosure"] == "field":
            yield from leaf(name + " field1", facet["field1"], fields[1], 1, "field")

def leaf(name, v, leaves, index, prefix="leaf"):
    named = {"leaf": ("leaf", "leafIndex", "leafCount", "leafPath"),
             "field": ("fieldLeaf", "fieldIndex", "fieldCount", "fieldPath")}[prefix]
    for field, made in zip(named, (leaves[index].hex(), index, len(leaves), path_of(leaves, index))):
        yield name, field, v[field], made

def meta(m):
    network, owner, stream, key = (unhex(m[name]) for name in ("network", "owner", "stream", "metaKey"))
    salt, schema = unhex(m["salt"]), unhex(m["schema"])
    schema_hash, plain = tagged("schema", salt, schema), encode([salt, schema])
    header = encode(["meta", 1, network, owner, stream, schema_hash, padded_length(plain)])
    p = expand(key, encode(["tegata/1/meta", stream]))
    commitment, opened = open_part(p, header, 0, unhex(m["payload"]))
    yield "meta", "schemaHash", m["schemaHash"], schema_hash.hex()
    yield "meta", "commitment", m["commitment"], commitment
    yield "meta", "payload", pad(plain), opened

def root_secret(v):
    key = mac(bytes(32), unhex(v["secret"]))  # HKDF-Extract, empty salt
    for field, label in (("signingSeed", b"tegata/1/root/sign"), ("recoverySeed", b"tegata/1/root/recovery")):
        yield "rootSecret", field, v[field], expand(key, label).hex()
    yield "rootSecret", "recoveryKey", v["recoveryKey"], xwing_keys(unhex(v["recoverySeed"]))[0].hex()

def grant_seal(v, tree, meta_key):
    p = v["place"]
    network, stream, owner, grantee = (unhex(p[name]) for name in ("network", "streamId", "owner", "grantee"))
    names = ("sequence", "coverIndex", "keyVersion", "generation", "facets", "epochFirst", "epochLast")
    sequence, index, version, generation, facets, first, last = (p[name] for name in names)
    place = [network, stream, sequence, index, owner, grantee, version, generation, facets, first, last]
    info = tagged("grant-info", encode(place))
    content = encode([meta_key, [[facet, [[level, at, node_at(facet_root(tree, generation, facet), level, at)]
                                         for level, at in cover(first, last)]] for facet in facets]])
    yield "grant", "info", v["info"], info.hex()
    yield "grant", "content", v["content"], content.hex()
    yield "grant", "sealed", v["content"], seal_open(unhex(v["granteeSeed"]), info, unhex(v["sealed"])).hex()

def recovery(v, whole):
    member, stream, seed = unhex(v["member"]), unhex(v["stream"]), unhex(whole["rootSecret"]["recoverySeed"])
    seed_info = tagged("recovery-info", encode(["encryption", member, 1]))
    stream_info = tagged("recovery-info", encode(["stream", member, stream, v["generation"]]))
    content = whole["keyTree"]["streamRoot"] + whole["meta"]["metaKey"]
    yield "recovery", "seedInfo", v["seedInfo"], seed_info.hex()
    yield "recovery", "streamInfo", v["streamInfo"], stream_info.hex()
    yield "recovery", "streamContent", v["streamContent"], content
    yield "recovery", "sealedSeed", v["seed"], seal_open(seed, seed_info, unhex(v["sealedSeed"])).hex()
    yield "recovery", "sealedStream", content, seal_open(seed, stream_info, unhex(v["sealedStream"])).hex()

def vault(g):
    yield from root_secret(g["rootSecret"])
    yield from key_tree(g["keyTree"])
    yield from batch(g["batch"], g["keyTree"])
    yield from meta(g["meta"])
    yield from grant_seal(g["grant"], g["keyTree"], unhex(g["meta"]["metaKey"]))
    yield from recovery(g["recovery"], g)

FILES = {"primitives.json": primitives, "card.json": card, "genesis.json": genesis, "keystore.json": keystore,
         "vault.json": vault, "wire.json": wire, "roster.json": roster_chain, "formats.json": consensus}
WITH_NEIGHBOURS = {"transactions.json": transactions, "block.json": block}

def check_file(path):
    """Prints one line; 0 if every field of the file was recomputed or used."""
    Fields.all.clear()
    g, seen, place = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=as_value), [], path
    try:
        need(path.name in FILES or path.name in WITH_NEIGHBOURS, "no rule for this file")
        checks = FILES[path.name](g) if path.name in FILES else WITH_NEIGHBOURS[path.name](g, path.parent)
        for vector, field, wanted, made in checks:
            place = f"{path}: {vector}: {field}"
            need(wanted == made, f"expected {str(wanted)[:200]}, recomputed {str(made)[:200]}")
            seen.append(vector)
            place = f"{path}: after {vector}: {field}"
        unread = sorted({name for v in Fields.all for name in set(v) - v.asked})
        need(not unread, f"not checked: no rule for the fields {', '.join(unread)}")
    except (Refused, ValueError, KeyError, IndexError) as error:
        print(f"{place}: {type(error).__name__}: {error}")
        return 1
    print(f"{path}: {len(set(seen))} vectors, {len(seen)} fields ok")
    return 0

def check_folder(folder):
    files = sorted(folder.glob("*.json"))
    if not files:
        print(f"{folder}: no golden vectors")
    return max((check_file(path) for path in files), default=1)
