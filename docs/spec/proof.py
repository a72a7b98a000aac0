"""Section 5.9: a proof file against its network id; and section 3: words of secrets."""
from ledger import Ledger
from verify import Header, check_certificate, encode, need, sha, signed, sign_bytes, tagged

ALWAYS = set("""schema genesis steps header certificate transaction transactionIndex transactionCount facet
    transactionPath schemaSalt schemaBytes leafIndex leafCount leaf leafPath""".split())
FIELD = {"fieldLeaf", "fieldIndex", "fieldCount", "fieldPath"}

def root_of(leaf_hash, index, count, path):
    """Merkle root over `count` leaves, from one of them and its siblings on the way up (RFC 6962)."""
    need(index < count and bool(path) == (count > 1), "5.9: path")
    if count == 1:
        return leaf_hash
    cut = 1 << (count - 1).bit_length() - 1
    if index < cut:
        return sha(b"\1", root_of(leaf_hash, index, cut, path[:-1]), path[-1])
    return sha(b"\1", path[-1], root_of(leaf_hash, index - cut, count - cut, path[:-1]))

def rooted(g, prefix, leaf):
    """The root that the fields of this prefix give for a leaf."""
    path = g[prefix + "Path"]
    return root_of(sha(b"\0", leaf), g[prefix + "Index"], g[prefix + "Count"], path)

class Follower:
    """The set of validators that decides, as far as the steps of a proof lead."""
    def __init__(self, genesis):
        founded = Ledger(genesis)
        self.network = self.head = founded.network
        self.founders, self.validators = founded.members, founded.validators
        self.time, self.height = founded.time, 0

    def decided(self, place, raw_header, certificate):
        """What a header says of the set that decides it; then the header stands for what came last."""
        header = Header(*raw_header)
        need(len(raw_header.raw) <= 1024 and header.height > self.height, f"5.9: {place}: height")
        need(header.timeMs > self.time, f"5.9: {place}: time")
        yield place, "validatorsHash", header.validatorsHash, tagged("validators", encode(self.validators))
        can_propose = [v[0] for v in self.validators if not v[2]]
        need(header.proposer in can_propose, f"5.9: {place}: proposer")
        if header.height == self.height + 1:
            yield place, "previousBlockId", header.previousBlockId, self.head
        self.height, self.time, self.head = header.height, header.timeMs, tagged("block", raw_header.raw)
        check_certificate(certificate.raw, self.network, self.validators, self.height, self.head)

    def step(self, place, v):
        need(set(v) == {"header", "certificate", "nextValidators"}, f"5.9: {place}: fields")
        header, validators = Header(*v["header"]), v["nextValidators"]
        yield from self.decided(place, v["header"], v["certificate"])
        need(header.nextValidatorsHash != header.validatorsHash, f"5.9: {place} changes nothing")
        yield place, "nextValidators", header.nextValidatorsHash, tagged("validators", validators.raw)
        need(validators and validators == sorted(validators, key=lambda v: v[1]), f"5.9: {place}: order")
        self.validators = validators

def fields_of_facet(schema, facet):
    """Fields of a row in a facet, the time of the row counted in."""
    _, _, _, facets, fields, kind = schema
    need(kind in ("rows", "documents") and 1 <= len(fields) <= 256, "5.3: schema")
    need(facet < len(facets) and all(field[2] < len(facets) for field in fields), "5.3: facets of a schema")
    return 1 + sum(field[2] == facet for field in fields)

def shown(g, count):
    """The root of the facet, from what is shown of a row of so many values."""
    leaf, row = g["leaf"], g["leafIndex"] - 1
    need(g["leafCount"] & g["leafCount"] - 1 == 0 and row < 4096, "7.4: leaves of a facet")
    root = rooted(g, "leaf", leaf.raw)
    if "fieldLeaf" not in g:
        values = leaf[3] if len(leaf) == 4 else None
        yield "leaf", "row", leaf[:2], ["row", row]
        need(type(values) is list and len(values) == count and type(values[0]) is int, "7.4: values of a row")
    else:
        field, index = g["fieldLeaf"], g["fieldIndex"]
        yield "leaf", "row", leaf, ["fields", row, rooted(g, "field", field.raw)]
        yield "fieldLeaf", "row and field", field[:3] + [len(field)], ["field", row, index, 5]
        need(index < count and (index or type(field[4]) is int), "7.4: fields of a row")
        yield "fieldLeaf", "fieldCount", g["fieldCount"], 1 << (count - 1).bit_length()
    yield "leaf", "facet root", g["transaction"][0][8][6][g["facet"]][0], root

def proof(g, folder):
    """A proof of the network that its own genesis founds; the documents name no other id for the vector."""
    need((folder / "proof.json").stat().st_size <= 2**26, "5.9: size")
    need(set(g) in (ALWAYS, ALWAYS | FIELD) and g["schema"] == "tegata.proof/1", "5.9: fields")
    follower = Follower(g["genesis"])
    need(len(g["steps"]) <= 4096, "5.9: steps")
    for i, v in enumerate(g["steps"]):
        yield from follower.step(f"step {i}", v)
    yield from follower.decided("header", g["header"], g["certificate"])
    content, signature = tx = g["transaction"]
    _, member, version, _, _, _, _, kind, body, _, _ = content
    count, leaf = g["transactionCount"], tagged("transaction-id", tx.raw)
    root = tagged("transactions", count.to_bytes(8, "big"), rooted(g, "transaction", leaf))
    yield "transaction", "transactionsRoot", Header(*g["header"]).transactionsRoot, root
    need(kind == 30 and version == 1 and g["facet"] < len(body[6]), "5.9: records of this facet")
    message = sign_bytes("transaction", follower.network, tagged("transaction", content.raw))
    signed(follower.founders[member][8], signature, message, "5.1: transaction")
    roots = [facet_root for facet_root, _ in body[6]]
    yield "transaction", "facets with this root", 1, roots.count(roots[g["facet"]])
    yield "schema", "hash", body[4], tagged("schema", g["schemaSalt"], g["schemaBytes"].raw)
    yield from shown(g, fields_of_facet(g["schemaBytes"], g["facet"]))

# ---- 3 words of secrets
def numbers_of(secret):
    """The places of the words in their list, 11 bits each."""
    bits = int.from_bytes(secret + sha(secret)[:1], "big")
    return [bits >> shift & 2047 for shift in range(253, -1, -11)]

def secret_of(words, list_):
    """The secret of these words; nothing if there is none, or a word is not in the list."""
    numbers = [list_.get(word) for word in words.split(" ")]
    if len(numbers) != 24 or None in numbers:
        return None
    secret = sum(n << 11 * i for i, n in enumerate(reversed(numbers))) >> 8
    secret = secret.to_bytes(32, "big")
    return secret if numbers_of(secret) == numbers else None

def recovery_words(g, _):
    """The list is not here, only that it is sorted (BIP 39): its words are those that the secrets show."""
    pairs = [zip(v["words"].split(" "), numbers_of(v["secret"]), strict=True) for v in g["secrets"]]
    pairs = sorted({pair for zipped in pairs for pair in zipped})
    list_ = dict(pairs)
    yield "list", "one place a word", len(pairs), len(list_)
    yield "list", "order", sorted(set(list_.values())), [number for _, number in pairs]
    for i, v in enumerate(g["secrets"]):
        yield f"secret {i}", "secret", v["secret"], secret_of(v["words"], list_)
    for v in g["refused"]:
        yield v["why"], "secret", None, secret_of(v["words"], list_)

RULES = {"proof": proof, "recovery-words": recovery_words}
