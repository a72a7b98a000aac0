"""Recomputes the golden vectors of sections 3 and 7: what members keep to themselves or share."""
import base64, hashlib, json, unicodedata
from seal import expand, gcm_open, mac, seal_open, xwing_keys
from vectors import path_of, plain
from verify import ONE, Coded, Or, encode, merkle, need, read, sha, tagged

# ---- 3 keys
ROLES = "network", "consensus", "transaction", "encryption"
KEYS = {"node": (1, (32, 32)), "gateway": (3, (32, 32, 32))}  # the first role, the first keys

def opened(g):  # the role of a keystore, its first keys, and the later ones
    v = json.loads(g["text"])
    kdf, role = v["kdf"], v["role"]
    n, r, p = kdf["N"], kdf["r"], kdf["p"]
    kind = [v["format"], kdf["name"], v["cipher"]]
    need(kind == ["tegata-keystore/1", "scrypt", "aes-256-gcm"], "3: keystore")
    need(n <= 2**20 and r <= 32 and p <= 16 and 128 * n * r <= 2**30, "3: keystore")
    passphrase = unicodedata.normalize("NFKC", g["passphrase"]).encode()
    salt, nonce, data = (base64.b64decode(text) for text in (kdf["salt"], v["nonce"], v["ciphertext"]))
    key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2**31 - 1, dklen=32)
    plain_keys = gcm_open(key, nonce, data, f"tegata-keystore/1/{role}".encode())
    first, own = KEYS[role]
    later = [(range(first, first + 2), 32)]
    keys = read(plain_keys, Coded("3: keystore", Or(((ONE, *own), (range(2, 3), *own, later)))))
    return role, keys[1:1 + len(own)], [[ROLES[n - 1], seed] for n, seed in (keys[1 + len(own):] or [[]])[0]]

def keystore(g, _):
    for file in [g] if "text" in g else [g[name] for name in g]:
        role, own, later = opened(file)
        names = [f"{key}Seed" for key in ROLES[KEYS[role][0] - 1:][:2]] + ["localKey"]
        for name, value in zip(names, own):
            yield "keystore", name, file[name], value
        if later:
            need(role == file["role"] and 1 <= len(later) <= 64, "3: later keys")
            yield "keystore", "seeds", file["seeds"], [[key, seed.hex()] for key, seed in later]

# ---- 7 sharing
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
    network, stream = tree["network"], tree["stream"]
    info = encode(["tegata/1/facet", network, stream, generation, facet])
    return expand(tree["streamRoot"], info)

def key_tree(tree):
    for v in tree["facetRoots"]:
        yield "facetRoots", str(v), v["root"], facet_root(tree, v["generation"], v["facet"])
    for v in tree["nodes"]:
        made = node_at(facet_root(tree, 1, 0), v["level"], v["index"])
        yield "nodes", str(v), v["node"], made
    for v in tree["covers"]:
        yield "covers", str(v), v["nodes"], cover(v["first"], v["last"])

def padded_length(content):
    size = 256
    while size < len(content) + 1:
        size *= 2
    return size

def pad(content):
    return (content + b"\x80").ljust(padded_length(content), b"\0")

def open_part(p, header, facet, payload):
    """7.4 step 6: commitment and plaintext, padding included."""
    bound = sha(header) + bytes([facet])
    keys = expand(p, b"tegata/1/seal" + bound, 76)
    return keys[44:], gcm_open(keys[:32], keys[32:44], payload, bound)

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
    network, owner, stream, lane, schema = (b["place"][name] for name in names)
    generation, epoch, sequence = (b["place"][name] for name in ("generation", "epoch", "sequence"))
    rnd, facets = b["rnd"], b["facets"]
    batches = [plain(facet["rows"]) for facet in facets]
    plains = [encode(rows) for rows in batches]
    header = encode(["part", 1, network, owner, stream, generation, epoch, lane, sequence, schema, rnd,
                     [facet["root"] for facet in facets], [padded_length(plain) for plain in plains]])
    yield "batch", "headerHash", b["headerHash"], sha(header)
    for i, (facet, rows) in enumerate(zip(facets, batches)):
        name, epoch_key = f"batch facet {i}", node_at(facet_root(tree, generation, i), 20, epoch)
        p = expand(epoch_key, encode(["tegata/1/part", stream, generation, i, lane, sequence, rnd]))
        leaves, fields = leaves_of(p, rows, facet["disclosure"])
        commitment, opened = open_part(p, header, i, facet["payload"])
        yield name, "epochKey", facet["epochKey"], epoch_key
        yield name, "root", facet["root"], merkle(leaves)
        yield name, "commitment", facet["commitment"], commitment
        yield name, "payload", pad(plains[i]), opened
        yield from leaf(name + " row1", facet["row1"], leaves, 2)
        if facet["disclosure"] == "field":
            yield from leaf(name + " field1", facet["field1"], fields[1], 1, "field")

def leaf(name, v, leaves, index, prefix="leaf"):
    named = {"leaf": ("leaf", "leafIndex", "leafCount", "leafPath"),
             "field": ("fieldLeaf", "fieldIndex", "fieldCount", "fieldPath")}[prefix]
    yield name, named[0], v[named[0]].raw, leaves[index]
    for field, made in zip(named[1:], (index, len(leaves), path_of(leaves, index))):
        yield name, field, v[field], made

def meta(m):
    network, owner, stream, key = (m[name] for name in ("network", "owner", "stream", "metaKey"))
    salt, schema = m["salt"], m["schema"].raw
    schema_hash, content = tagged("schema", salt, schema), encode([salt, schema])
    header = encode(["meta", 1, network, owner, stream, schema_hash, padded_length(content)])
    p = expand(key, encode(["tegata/1/meta", stream]))
    commitment, opened = open_part(p, header, 0, m["payload"])
    yield "meta", "schemaHash", m["schemaHash"], schema_hash
    yield "meta", "commitment", m["commitment"], commitment
    yield "meta", "payload", pad(content), opened

def root_secret(v):
    key = mac(bytes(32), v["secret"])  # HKDF-Extract, empty salt
    for field, label in (("signingSeed", b"tegata/1/root/sign"), ("recoverySeed", b"tegata/1/root/recovery")):
        yield "rootSecret", field, v[field], expand(key, label)
    yield "rootSecret", "recoveryKey", v["recoveryKey"], xwing_keys(v["recoverySeed"])[0]

def grant_seal(v, tree, meta_key):
    p = v["place"]
    network, stream, owner, grantee = (p[name] for name in ("network", "streamId", "owner", "grantee"))
    names = ("sequence", "coverIndex", "keyVersion", "generation", "facets", "epochFirst", "epochLast")
    sequence, index, version, generation, facets, first, last = (p[name] for name in names)
    place = [network, stream, sequence, index, owner, grantee, version, generation, facets, first, last]
    info = tagged("grant-info", encode(place))
    content = encode([meta_key, [[facet, [[level, at, node_at(facet_root(tree, generation, facet), level, at)]
                                         for level, at in cover(first, last)]] for facet in facets]])
    yield "grant", "info", v["info"], info
    yield "grant", "content", v["content"].raw, content
    yield "grant", "sealed", content, seal_open(v["granteeSeed"], info, v["sealed"])

def recovery(v, whole):
    member, stream, seed = v["member"], v["stream"], whole["rootSecret"]["recoverySeed"]
    seed_info = tagged("recovery-info", encode(["encryption", member, 1]))
    stream_info = tagged("recovery-info", encode(["stream", member, stream, v["generation"]]))
    content = whole["keyTree"]["streamRoot"] + whole["meta"]["metaKey"]
    yield "recovery", "seedInfo", v["seedInfo"], seed_info
    yield "recovery", "streamInfo", v["streamInfo"], stream_info
    yield "recovery", "streamContent", v["streamContent"], content
    yield "recovery", "sealedSeed", v["seed"], seal_open(seed, seed_info, v["sealedSeed"])
    yield "recovery", "sealedStream", content, seal_open(seed, stream_info, v["sealedStream"])

def vault(g, _):
    yield from root_secret(g["rootSecret"])
    yield from key_tree(g["keyTree"])
    yield from batch(g["batch"], g["keyTree"])
    yield from meta(g["meta"])
    yield from grant_seal(g["grant"], g["keyTree"], g["meta"]["metaKey"])
    yield from recovery(g["recovery"], g)

RULES = {"keystore": keystore, "keystore-later": keystore, "vault": vault}
