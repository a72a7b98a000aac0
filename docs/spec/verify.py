#!/usr/bin/env python3
"""A second reading of Tegata's protocol, written from docs/PROTOCOL.md and docs/protocol-consensus.md alone.

  python3 docs/spec/verify.py golden DIR...   takes the golden vectors (JSON files) of these folders apart
  python3 docs/spec/verify.py chain FILE      follows an exported chain from its genesis

It needs no other file; replay.py goes on from here. Numbers in comments and messages are sections.
"""
import base64, contextlib, functools, hashlib, io, json, re, sys
from collections import namedtuple
from pathlib import Path

class Refused(Exception): """What was read breaks the rule named."""

def need(holds, rule):
    if not holds:
        raise Refused(rule)

@contextlib.contextmanager
def within(place):
    try:
        yield
    except (Refused, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        why = "" if isinstance(error, Refused) else "cannot be read: "
        raise Refused(f"{place}: {why}{error}") from None

# ---- 1 canonical encoding
def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = next(size for size in (1, 2, 4, 8) if n < 1 << 8 * size)
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, "big")

def encode(v):
    if type(v) is int:
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if type(v) in (bytes, str):
        raw = v.encode() if type(v) is str else v
        return head(2 + (type(v) is str), len(raw)) + raw
    if isinstance(v, (list, tuple)):
        return head(4, len(v)) + b"".join(map(encode, v))
    return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[v]

def next_value(source, items, depth=0):
    byte = (source.read(1) or b"\xff")[0]
    major, n = byte >> 5, byte & 31
    need(next(items, None) is not None, "1: too many items")
    if byte in (0xF4, 0xF5, 0xF6):
        return (False, True, None)[byte - 0xF4]
    need(major < 5 and n < 28, "1: cut short, or neither integer, string, array nor true, false, null")
    if n >= 24:
        n = int.from_bytes(source.read(1 << n - 24), "big")
    need(n < 2**53 - (major == 1) and depth < 16 + (major < 4), "1: no safe integer, or too deep")
    if major < 2:
        return -1 - n if major else n
    if major < 4:
        return source.read(n) if major == 2 else source.read(n).decode()
    return [next_value(source, items, depth + 1) for _ in range(n)]

def decode(data, items=65_536):
    """Strict: a value has one encoding, so what is not minimal, cut short or too long differs from it."""
    v = next_value(io.BytesIO(data), iter(range(items)))
    need(encode(v) == data, "1: not the one encoding of its value")
    return v

# ---- layouts are written down as shapes
Coded = namedtuple("Coded", "what shape items skip", defaults=[65_536, 0])  # skip: bytes of a frame before it

class Or(tuple): """Alternatives."""

class Record(list): """A decoded array that remembers its bytes as `raw`."""

def read(data, coded):
    with within(coded.what):
        if coded.skip:
            data = data[coded.skip:coded.skip + int.from_bytes(data[:4], "big")]
        record = Record(take(decode(data, coded.items), coded.shape))
        record.raw = data
        return record

def take(v, shape):
    """v, if it has the shape: a type, range, length of bytes, None, Coded, Or, [shape of all] or (shapes)."""
    if isinstance(shape, Coded):
        return read(take(v, bytes), shape)
    if isinstance(shape, Or):
        for other in shape[:-1]:
            with contextlib.suppress(Refused):
                return take(v, other)
        return take(v, shape[-1])
    if isinstance(shape, (list, tuple)):
        shapes = shape * len(v) if type(shape) is type(v) is list else shape
        need(type(v) is list and len(v) == len(shapes), f"no array of {len(shapes)}")
        return [take(item, s) for item, s in zip(v, shapes)]
    fits = v is shape or type(v) is shape or shape is object
    if isinstance(shape, (range, int)):
        fits = type(v) is int and v in shape if type(shape) is range else type(v) is bytes and len(v) == shape
    need(fits, f"{str(v)[:40]} is not {shape}")
    return v

# ---- 2 hashes, trees, signatures
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def tagged(tag, *parts):
    name = b"tegata/1/" + tag.encode()
    return sha(bytes([len(name)]), name, *parts)

def merkle(leaves):  # RFC 6962
    if len(leaves) < 2:
        return sha(b"\0", leaves[0]) if leaves else sha()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", merkle(leaves[:cut]), merkle(leaves[cut:]))

def counted(tag, leaves):
    return tagged(tag, len(leaves).to_bytes(8, "big"), merkle(leaves))

def sign_bytes(tag, network, hash_, era=0):
    name = b"tegata/1/sign/" + tag.encode()
    return bytes([len(name)]) + name + network + era.to_bytes(4, "big") + hash_

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, BASE = -121665 * pow(121666, -1, P) % P, b"\x58" + b"\x66" * 31

@functools.lru_cache(65_536)
def add(p, q):
    (a, b), (c, d) = p, q
    e = D * a * b * c * d % P
    f = pow(1 - e * e, -1, P)
    return (a * d + b * c) * f * (1 - e) % P, (b * d + a * c) * f * (1 + e) % P

def times(p, n):
    out = (0, 1)
    while n:
        out = add(out, p) if n & 1 else out
        p, n = add(p, p), n >> 1
    return out

def point(raw):  # of a canonical encoding, not of small order
    odd, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    x = x if x & 1 == odd else P - x
    is_canonical = x < P and y < P and x * x % P == square
    need(is_canonical and times((x, y), 8) != (0, 1), "2: no canonical point, or of small order")
    return x, y

@functools.lru_cache(8192)
def signed(key, signature, message, rule):  # strict cofactorless Ed25519: [S]B = [k]A + R
    hash_ = hashlib.sha512(signature[:32] + key + message).digest()
    s, k = int.from_bytes(signature[32:], "little"), int.from_bytes(hash_, "little") % L
    r = add(times(point(key), k), point(signature[:32]))
    need(s < L and times(point(BASE), s) == r, rule + ": signature")

# ---- layouts of 4, 5, 6 and 8
UINT, ONE, ROUND, EPOCH, U32 = range(2**53), range(1, 2), range(2**31), range(2**20), range(2**32)
FROM_1, ID, TIME = range(1, 2**32), Or((None, 32)), Or((None, UINT))
BODY = Coded("4: body", (ONE, str, str, str, 32, 1216, 32, 32, 32, 1216, 1168, [str], UINT))
CARD = Coded("4: card", (BODY, 64, 64, 64, 64))
PARAMETERS = (*[range(1, 86_400_001)] * 5, UINT, UINT, range(3))
GENESIS = Coded("4: genesis", (ONE, str, UINT, PARAMETERS, [CARD]))
APPLICATION = Coded("5.12: application", (Coded("5.12: content", (ONE, 32, CARD, 32)), *[64] * 5))
ACTION = Or(((ONE, APPLICATION), (range(2, 5), 32), (range(5, 6), 32, 32, 1216, 64), (range(6, 7), PARAMETERS),
             (range(7, 8), FROM_1, UINT)))
KINDS = {1: (U32,), 2: (), 10: (32, str, UINT, 64), 11: (APPLICATION,), 12: (ACTION,), 13: (FROM_1, 32, bool, str),
         14: (FROM_1, UINT, 32, 64), 15: (), 16: (32, range(1, 5), FROM_1, *[bytes] * 3, Or((None, 64)), bool),
         17: ([str],), 18: (), 20: (ONE, range(1, 6), range(3), [range(2)], 32, 32, 1200),
         21: (FROM_1, 1200, [16]), 22: (UINT, UINT), 30: (ONE, FROM_1, EPOCH, bool, 32, 32, [(32, 32)]),
         40: [(32, FROM_1, FROM_1, [range(16)], EPOCH, EPOCH, bytes)]}
CONTENT = (ONE, 32, FROM_1, 16, range(1, 2**53), U32, 16, UINT, list, TIME, [(32, range(1, 1_048_593))])
TRANSACTION = Coded("5.1: transaction", (Coded("5.1: content", CONTENT), 64))
VOTE = (range(2), UINT, ROUND, ID, UINT, 64)
COMMIT, SKIP = (UINT, ROUND, 32, [(UINT, 64)]), (range(2), UINT, ROUND, [(UINT, range(2), ID, 64)])
POLKA, LOCK = Or((None, COMMIT)), Or((None, (ROUND, 32)))
PROPOSAL = (UINT, ROUND, 32, range(-1, 2**31 - 1), UINT, 64, POLKA)
CERTIFICATE = Coded("6.2: commit certificate", COMMIT)
EVIDENCE = Coded("6.2: evidence", Or(((range(1), (32, VOTE, VOTE)), (ONE, (32, PROPOSAL, PROPOSAL)))))
HEADER = Coded("5.8: header", (ONE, UINT, UINT, *[32] * 9))
BLOCK = Coded("5.8: block", (HEADER, [TRANSACTION], bytes, [EVIDENCE]), 1_048_576)
VALIDATORS, KEY = [(32, 32, bool)], (range(1, 5), FROM_1, bytes, UINT, TIME, bool)
STATE = {1: (str, str, 32, 1216, [KEY], [str], UINT, FROM_1, TIME), 2: (UINT, 32), 3: (UINT,),
         16: ([(32, str, UINT)], [FROM_1]), 18: (UINT, UINT), 19: (32, range(1, 8)), 20: (32,), 23: (32, str),
         17: (Coded("5.12: action", ACTION), 32, ID, 32, UINT, UINT, [(32, bool)]), 21: (32, UINT, UINT),
         22: [(FROM_1, UINT)], 24: (UINT,), 25: [(UINT,) * 3], 4: (32, range(1, 6), range(3), [range(2)], UINT, 32, 32, UINT),
         5: (32, UINT, UINT, [range(16)], EPOCH, EPOCH, 32, UINT, UINT, TIME), 11: (UINT, 32), 15: (32, UINT),
         6: (UINT,) * 3, 7: VALIDATORS,
         8: ([(32, UINT, UINT, bool)], [(32, UINT, UINT)]), 9: PARAMETERS, 10: (UINT, UINT, ID),
         12: (VALIDATORS, [UINT]), 13: [(range(5), 32, ID)], 14: (32, [(UINT, TIME)])}
MESSAGES = {"proposal 10": PROPOSAL, "vote 11": VOTE, "commit 12": COMMIT, "polka 13": COMMIT,
            "round 14": SKIP, "status 15": (UINT, ROUND, range(4), bool, bytes, bytes),
            "question 17": (UINT, UINT), "answer 18": (UINT, UINT, [PROPOSAL], [VOTE])}
SIGNED, DRAFT = (Or(((range(1), (proposal,)), (ONE, (vote,)))) for proposal, vote in
                 ((PROPOSAL, VOTE), ((*PROPOSAL[:5], POLKA), VOTE[:5])))
START = (32, UINT, UINT, VALIDATORS, [UINT], TIME, (UINT,) * 4)
CHAPTER = (START, (ROUND, range(3), LOCK, LOCK, [range(3)]), Or((None, PROPOSAL)), bool, range(4), bool,
           [VOTE], POLKA, [VOTE], POLKA, POLKA, Or((None, SKIP)), [(32, range(3))], [DRAFT], bool)
ANY_CERTIFICATE = Or(((range(2), COMMIT), (range(2, 3), SKIP)))
RECORDS = {"startHeight": START, "proposal": (PROPOSAL,), "vote": (VOTE,), "certificate": (ANY_CERTIFICATE,),
           "timeout": ((range(3), UINT, ROUND),), "built": (UINT, ROUND, 32),
           "verdict": (UINT, ROUND, 32, bool, bool, bool), "signed": (SIGNED,), "proposable": (UINT,),
           "resume": ([SIGNED], LOCK), "chapter": CHAPTER}
LOG = {"log " + name: Coded("6.5: record", (range(number, number + 1), fields), 65_536, 24)
       for number, (name, fields) in enumerate(RECORDS.items())}
GUARDED = (UINT, UINT, ROUND, range(3), ID, range(-1, 2**31 - 1), UINT), Or((None, 64))
GUARD = (ONE, UINT, 32, [GUARDED], Or((None, (UINT, ROUND, 32))))
HELLO, SIDECAR = (UINT, 32, UINT, UINT, 32, str), (bytes, [bytes])
WIRE = {"hello": HELLO, "helloFrame": Coded("8: frame", HELLO, 65_536, 5), "chunk": (UINT, bool, bytes),
        "requestBlock": (UINT, ONE, 32), "requestCertified": (UINT, range(2, 3), UINT), "announce": [32],
        "requestPayloads": (UINT, range(3, 4), [(32, range(16))]), "credit": (UINT, UINT), "want": [32],
        "requestSidecars": (UINT, range(4, 5), [32]), "refuse": (UINT, str), "transactions": [SIDECAR],
        "requestCertifiedRun": (UINT, range(9, 10), UINT, range(257)), "answerCertifiedRun": [(bytes,) * 2],
        "answerBlock": (bytes,), "answerCertified": (bytes,) * 2, "answerPayloads": [Or((None, bytes))],
        "answerSidecars": [Or((None, SIDECAR))], "call": (UINT, object), "twin": (UINT, object)}

# ---- following a chain
Header = namedtuple("Header", """version height timeMs proposer previousBlockId transactionsRoot changesRoot
    stateRoot validatorsHash nextValidatorsHash previousCertificateHash evidenceRoot""")

def check_card(card, network_name, time):  # 4: answers with the member id
    body, *signatures = card
    need(len(card.raw) <= 8192 and body[1] == network_name and time < body[12], "4: size, network or end")
    roles = ("root", body[4]), ("network", body[6]), ("consensus", body[7]), ("transaction", body[8])
    for (role, key), signature in zip(roles, signatures):
        need(times(point(key), L) == (0, 1), "3: torsion")
        signed(key, signature, sign_bytes("card-" + role, bytes(32), tagged("card", body.raw)), "4: card")
    return tagged("member", body[4])

def check_certificate(raw, network, validators, height, block_id):  # 6.2: of these validators for a block
    h, round_, id_, votes = certificate = read(raw, CERTIFICATE)
    need((h, id_) == (height, block_id) and len(raw) <= 65_536, "6.2: certificate of another block")
    need(len(votes) > 2 * len(validators) // 3 and [i for i, _ in votes] == sorted(dict(votes)), "6.2: quorum")
    for i, signature in votes:
        need(i < len(validators) and not validators[i][2], "6.2: voter")
        hash_ = tagged("vote", encode([1, h, round_, id_, i]))
        signed(validators[i][1], signature, sign_bytes("vote", network, hash_), "6.2: vote")
    return certificate

def header_of(block, **known):  # 5.8: the header, which must hold the roots of the rest, and what else is known
    header, (_, transactions, previous, evidence) = Header(*block[0]), block
    ids = [tagged("transaction-id", tx.raw) for tx in transactions]
    known["transactionsRoot"], known["previousCertificateHash"] = counted("transactions", ids), sha(previous)
    known["evidenceRoot"] = counted("evidence", [piece.raw for piece in evidence])
    wrong = [name for name, value in known.items() if getattr(header, name) != value]
    need(not wrong, "5.8: " + ", ".join(wrong))
    return header

class Chain:
    """What all can check of a chain: who its members are, what they signed and who decided it."""
    def __init__(self, genesis):
        _, self.name, self.time, self.parameters, cards = genesis
        self.network = self.head = tagged("genesis", genesis.raw)
        self.members = {check_card(card, self.name, self.time): card[0] for card in cards}
        keys = [key for card in cards for key in card[0][4:10]]
        need(1 <= len(cards) <= 300 and [*self.members] == sorted(self.members), "4: founders, in order")
        need(len(keys) == 6 * len(cards) == len(set(keys)), "3: a key occurs twice")
        self.validators = sorted(([m, b[7], False] for m, b in self.members.items()), key=lambda v: v[1])
        self.last_validators, self.height, self.lanes = [], 0, {}

    def signing_key(self, member, version, _):
        return version == 1 and member in self.members and self.members[member][8]

    def transaction(self, tx, time):  # 5.1, but for what depends on the state
        content, signature = tx
        _, member, version, lane, sequence, _, _, kind, body, expires, _ = content
        key = self.signing_key(member, version, time)
        need(key and len(content.raw) <= 32_768, "5.1: sender, key version or size")
        message = sign_bytes("transaction", self.network, tagged("transaction", content.raw))
        signed(key, signature, message, "5.1: transaction")
        need(kind in KINDS, "5.2: kind")
        with within("5.2: body"):
            take(body, KINDS[kind])
        last, lane_head = self.lanes.get((member, lane), (0, bytes(32)))
        need(sequence == last + 1, "5.1: sequence")
        in_time = expires is None if lane != bytes(16) else time <= (expires or 0) <= time + 86_400_000
        in_lane = kind < 20 if lane == bytes(16) else kind == 2 or kind >= 20
        need(in_time and in_lane, "5.1: lane, or expires")
        self.lanes[member, lane] = [sequence, tagged("lane", lane_head, tagged("transaction-id", tx.raw))]

    def execute(self, header, transactions, evidence, certificate):  # 5.10, if only evidence changes the set
        after = [list(v) for v in self.validators]
        for tx in transactions:
            self.transaction(tx, header.timeMs)
        for _, (key, _, _) in evidence:
            for v in [v for v in after if v[1] == key and not v[2]]:
                v[2] = sum(v[2] for v in after) < (len(after) - 1) // 3
        return after

    def block(self, block, certificate):  # 5.8: block height + 1, and the certificate that decided it
        validators = self.validators
        header = header_of(block, height=self.height + 1, previousBlockId=self.head,
                           validatorsHash=tagged("validators", encode(validators)))
        need(header.timeMs > self.time, "5.8: time")
        need(any(v[0] == header.proposer and not v[2] for v in validators), "5.8: proposer")
        need(self.height or block[2] == b"", "5.8: certificate in block 1")
        before = self.network, self.last_validators, self.height, self.head
        carried = check_certificate(block[2], *before) if self.height else None
        after = self.execute(header, block[1], block[3], carried)
        need(header.nextValidatorsHash == tagged("validators", encode(after)), "5.8: nextValidatorsHash")
        self.last_validators, self.validators, self.time = validators, after, header.timeMs
        self.height, self.head = header.height, tagged("block", block[0].raw)
        check_certificate(certificate, self.network, validators, self.height, self.head)

def from_base64(text):
    raw = base64.b64decode(text)
    need(base64.b64encode(raw).decode() == text, "not the base64 of its bytes")
    return raw

def fields_of(line, names, **known):  # 5.11: the bytes in a line of a chain file
    row = json.loads(line)
    need(type(row) is dict and row.keys() == {*names, *known}, "5.11: no line of a chain file")
    need(all(row[name] == known[name] for name in known), "5.11: no chain file")
    return [from_base64(row[name]) for name in names]

def follow(path, follower):
    with open(path, "rb") as lines:
        with within(f"{path}: genesis"):
            first = fields_of(next(lines, b"null"), ["genesis"], schema="tegata.chain/1")
            chain = follower(read(*first, GENESIS))
        for line in lines:
            with within(f"{path}: height {chain.height + 1}"):
                block, certificate = fields_of(line, ["block", "certificate"])
                chain.block(read(block, BLOCK), certificate)
    print(f"{path}: ok: network {chain.network.hex()}, height {chain.height}, head {chain.head.hex()}")

# ---- golden vectors
NAMES = {bytes: bytes.fromhex} | {name: shape for shape, names in (
    (str, "note tag text kind what why words passphrase disclosure name skeleton second one other handle role"),
    (str, "address"), (bool, "accepted confusable"), (object, "rows refusal seeds"), (16, "streamId stream lane"),
    (32, "hash network root path paths id ids node rnd owner proposer proposers localKey epochKey metaKey"),
    (32, "secret seed salt commitment member grantee info"), (UINT, "version era height timeMs generation"),
    (UINT, "facet facets level index nodes epoch sequence first last count itemsMax"),
    (bytes, "bytes leaves parts key head item payload sealed streamContent sealedSeed sealedStream"),
    (BLOCK, "block previous"), (TRANSACTION, "transaction"), (GENESIS, "genesis"), (COMMIT, "certificate"),
    (VALIDATORS, "validators nextValidators"), (STATE[8], "sidelined"), (STATE[12], "lastHeight"),
    (STATE[13], "validatorChanges"), (Or((None, STATE[13])), "waiting"),
    ((HEADER, [32], bytes, [EVIDENCE]), "compact"), ((32, [(UINT, [(range(21), EPOCH, 32)])]), "content"),
    ((ONE, str, str, [[str]], [(str, str, UINT, Or((None, str)))], str), "schema schemaBytes"),
    (Or(((str, UINT, 32), (str, UINT, 32, list), (str, UINT, UINT, 32, object))), "leaf"),
) for name in names.split()}
FILES = {
    "card": {"bytes": CARD}, "genesis": {"bytes": GENESIS}, "transactions": {"bytes": TRANSACTION},
    "block": {"bytes": BLOCK}, "primitives": {"value": object}, "wire": WIRE,
    "join": dict.fromkeys([object, *NAMES], Coded("8: join", [object])) | {bytes: bytes.fromhex},
    "snapshot": {"requestOffer": (range(5, 6),), "requestBuckets": (range(6, 7), *(UINT,) * 3), object: str,
        "bucket": [bytes], "requestSetChanges": (range(7, 8), UINT), "requestStanding": (range(8, 9), UINT),
        "answerSetChanges": ([(bytes,) * 3], bool), "answerStanding": (UINT, 32, object)},
    "invitation": {"addresses": str, "expiresMs": UINT}, "entry-id": {"ordinal": UINT, "count": UINT, "entryId": 16, "life": 8},
    "proof": {bytes: from_base64, "schema": str, "header": HEADER}, "formats": MESSAGES | LOG | {
        "vote sign bytes": 87, "proposal sign bytes": 91, "validators hash": 32, "evidence votes": EVIDENCE,
        "evidence proposals": EVIDENCE, "guard slot, first 320 bytes": Coded("6.6", GUARD, 65_536, 36)}}

def apart(v, names, name=""):
    """JSON, whose fields are taken apart as their names, or the last words of these, say."""
    if type(v) is dict and names.get(name) is not object:
        own = names | {"value": STATE[int(v["key"][:2], 16)]} if "key" in v else names
        return {n: apart(item, own, re.sub("^message [0-9]+ | with a .*", "", n)) for n, item in v.items()}
    if type(v) is list:
        return [apart(item, names, name) for item in v]
    with within(name):
        shape = names.get(name, names.get(re.split("(?=[A-Z])", name)[-1].lower(), names.get(object)))
        need(shape, "no rule for this field")
        v = names[bytes](v) if type(v) is str and shape not in (str, object) else v
        is_coded = type(v) is bytes and type(shape) in (tuple, list, Or)
        return take(v, Coded("layout", shape) if is_coded else shape)

RULES = {  # some fields of a file, recomputed from its others
    "invitation": lambda g: {"text": "tgi1" + base64.urlsafe_b64encode(sha(b := encode([
        1, g["networkId"], g["listenerKey"], g["addresses"], g["expiresMs"], *g["trusted"].values(), g["seed"]
    ]))[:4] + b).decode().rstrip("=")},
    "primitives": lambda g: {"merkle": [v | {"root": merkle(v["leaves"])} for v in g["merkle"]]},
    "card": lambda g: {"memberId": check_card(g["bytes"], g["bytes"][0][1], 0)},
    "proof": lambda g: {"schema": "tegata.proof/1", "leafIndex": g["leaf"][1] + 1},
    "recovery-words": lambda g: {"secrets": [v for v in g["secrets"] if v["words"].count(" ") == 23]},
    "genesis": lambda g: {"networkId": Chain(g["bytes"]).network},
    "block": lambda g: {"header": header_of(g["bytes"], **g["header"]) and g["header"]}}

def vectors(path):
    return apart(json.loads(path.read_bytes()), NAMES | FILES.get(path.stem, {}))

def check_file(path):
    made = RULES.get(path.stem, lambda g: {})(g := vectors(path))
    need(all(g[name] == made[name] for name in made), f"recomputed otherwise: {', '.join(made)}")
    print(f"{path}: ok")

def golden(folder, check):
    for path in sorted(Path(folder).glob("*.json")) or [Path(folder, "*.json")]:
        with within(path):
            check(path)

def main(arguments, follower=Chain, check=check_file, usage=__doc__):
    if len(arguments) < 2 or arguments[0] not in ("chain", "golden"):
        return print(usage, file=sys.stderr) or 64
    try:
        for path in arguments[1:]:
            follow(path, follower) if arguments[0] == "chain" else golden(path, check)
    except (Refused, OSError) as error:
        return print(error, file=sys.stderr) or (66 if isinstance(error, OSError) else 1)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
