"""Sections 3 to 6 as a ledger in memory: founded from a genesis, it executes and checks block after block."""
import re, unicodedata
from types import SimpleNamespace
from primitives import *

# ---- 4 members and genesis

ROLES = ("network", "consensus", "transaction", "encryption")
CARD = (ONE, str, str, str, 32, 1216, 32, 32, 32, 1216, 1168, [str], UINT)
PARAMETERS = (*[range(1, 86_400_001)] * 5, UINT, UINT)
ADDRESS = re.compile(r"/(ip4|ip6|dns4)/[^/\s]+/tcp/[0-9]+")
UNSEEN = re.compile("[ \u3000\u2800\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
                    "\U000e0100-\U000e01ef]*")

def check_name(s):
    categories = {unicodedata.category(c) for c in s if c not in " \u3000"}
    need(not categories & {"Cc", "Cf", "Co", "Zl", "Zp", "Zs"}, "4: characters of a name")
    need(unicodedata.is_normalized("NFC", s) and 1 <= len(s) <= 64, "4: name")
    need(s == s.strip(" \u3000") and not UNSEEN.fullmatch(s), "4: name")

def check_xwing(key):
    pairs = [int.from_bytes(key[i:i + 3], "little") for i in range(0, 1152, 3)]
    need(all(n & 4095 < 3329 and n >> 12 < 3329 for n in pairs) and any(pairs), "3: ML-KEM part")
    u, z = int.from_bytes(key[1184:], "little"), 1
    need(u < P, "3: X25519 part")
    for _ in range(3):  # doubled three times a point of low order is at infinity
        u, z = (u * u - z * z)**2 % P, 4 * u * z * (u * u + 486662 * u * z + z * z) % P
    need(z, "3: X25519 part of low order")

def check_card(raw, network_name, time):
    body_raw, *proofs = read(raw, (bytes, 64, 64, 64, 64), "4: card")
    body = read(body_raw, CARD, "4: card body")
    keys = dict(zip(("root", "recovery", *ROLES), body[4:10]))
    check_name(body[1])
    check_name(body[2])
    need(len(raw) <= 8192 and re.fullmatch("[a-z][a-z0-9-]{1,30}", body[3]), "4: card, its size or handle")
    need(1 <= len(body[11]) <= 4 and all(len(a) <= 128 and ADDRESS.fullmatch(a) for a in body[11]), "4: address")
    need(body[1] == network_name and time <= body[12], "4: card of another network, or expired")
    for role, proof in zip(("root", *ROLES[:3]), proofs):
        need(is_zero(times(keys[role], L)), "3: torsion")
        signed(keys[role], proof, sign_bytes("card-" + role, bytes(32), tagged("card", body_raw)), "4: card")
    check_xwing(keys["recovery"])
    check_xwing(keys["encryption"])
    return tagged("member", body[4]), body

# ---- 5.1 to 5.6 transactions

CONTENT = (ONE, 32, UINT, 16, UINT, UINT, 16, UINT, list, Or((None, UINT)), [(32, range(1, 1_048_593))])
EPOCH_MS = (3_600_000, 86_400_000, 2_592_000_000)
EPOCH = range(2**20)

def stream_of(ledger, tx, payloads):
    stream = ledger.get(4, tx.lane)
    need(stream and stream[0] == tx.member, "5.6: stream of the sender")
    need(payloads == len(tx.payloads), "5.2: payloads of the kind")
    return stream

def claim_writer(ledger, tx):
    need(tx.lane == bytes(16) and not tx.payloads and tx.body == [tx.writer], "5.2: claim-writer")
    ledger.put([tx.writer], 3, tx.member)

def void(ledger, tx):
    need(not tx.payloads and tx.body == [], "5.2: void")

def stream_create(ledger, tx):
    need(fits(tx.body, (ONE, range(1, 6), range(3), [range(2)], 32, 32, 1200)), "5.3: stream-create")
    _, category, epoch_length, facets, schema, _, _ = tx.body
    need(tx.sequence == 1 and tx.lane[:8] == tx.member[:8], "5.3: lane of a new stream")
    need(not ledger.get(4, tx.lane), "5.3: stream exists")
    need(1 <= len(facets) <= 16 and len(tx.payloads) == 1, "5.3: facets, payload")
    ledger.put([tx.member, category, epoch_length, facets, 1, schema, tx.id, tx.height], 4, tx.lane)
    ledger.put([tx.height, tx.id], 11, tx.lane, u32(1))

def stream_roll(ledger, tx):
    stream = stream_of(ledger, tx, 0)
    need(fits(tx.body, (UINT, 1200, [16])) and tx.body[0] == stream[4] + 1, "5.3: stream-roll")
    ended = tx.body[2]
    need(len(ended) <= 256, "5.3: ended grants")
    stream[4] += 1
    ledger.put(stream, 4, tx.lane)
    ledger.put([tx.height, tx.id], 11, tx.lane, u32(stream[4]))
    for grant_id in ended:
        grant = ledger.get(5, tx.lane, grant_id)
        need(grant and grant[9] is None, "5.3: a live grant of this stream, once")
        ledger.put([*grant[:9], tx.height], 5, tx.lane, grant_id)

def records(ledger, tx):
    need(fits(tx.body, (ONE, UINT, EPOCH, bool, 32, 32, [(32, 32)])), "5.4: records")
    _, generation, epoch, backfill, schema, _, facets = tx.body
    stream = stream_of(ledger, tx, len(facets))
    need(len(facets) == len(stream[3]) and generation == stream[4] and schema == stream[5], "5.4: stream's own")
    span = EPOCH_MS[stream[2]]
    need(epoch <= (tx.time + 300_000) // span, "5.4: epoch ahead")
    need(backfill or epoch >= (tx.time - 604_800_000) // span, "5.4: epoch behind")

def grant(ledger, tx):
    stream = stream_of(ledger, tx, 0)
    need(fits(tx.body, [(32, UINT, UINT, [range(len(stream[3]))], EPOCH, EPOCH, bytes)]), "5.5: grant")
    need(1 <= len(tx.body) <= 32 and len(encode(tx.body)) <= 16_384, "5.5: size of the body")
    for index, (grantee, version, generation, facets, first, last, _) in enumerate(tx.body):
        need(grantee != tx.member and ledger.key(grantee, 4)[0] == version, "5.5: grantee")
        need(facets and facets == sorted(set(facets)), "5.5: facets")
        need(first <= last and 1 <= generation <= stream[4], "5.5: span or generation")
        grant_id = tagged("grant", encode([tx.lane, tx.sequence, index]))[:16]
        value = [grantee, version, generation, facets, first, last, tx.id, index, tx.height, None]
        ledger.put(value, 5, tx.lane, grant_id)

KINDS = {1: claim_writer, 2: void, 20: stream_create, 21: stream_roll, 30: records, 40: grant}

# ---- 6.1, 6.2 votes

ROUND = range(2**31)
VOTE = (range(2), UINT, ROUND, Or((None, 32)), UINT, 64)
COMMIT = (UINT, ROUND, 32, [(UINT, 64)])
PROPOSAL = (UINT, ROUND, 32, range(-1, 2**31 - 1), UINT, 64, Or((None, COMMIT)))
EVIDENCE = Or(((range(1), (32, VOTE, VOTE)), (ONE, (32, PROPOSAL, PROPOSAL))))

def faulty(validators):
    return (len(validators) - 1) // 3

def vote_bytes(network, *fields, era=0, tag="vote"):
    return sign_bytes(tag, network, tagged(tag, encode(fields)), era)

def check_certificate(raw, network, validators, height, block_id):
    """Round and voters of a commit certificate."""
    h, round_, id_, votes = read(raw, COMMIT, "6.2: commit certificate")
    voters = [i for i, _ in votes]
    need((h, id_) == (height, block_id) and len(raw) <= 65_536, "6.2: certificate of another block")
    need(voters == sorted(set(voters)) and len(voters) > 2 * len(validators) // 3, "6.2: quorum")
    for i, signature in votes:
        need(i < len(validators) and not validators[i][2], "6.2: voter")
        signed(validators[i][1], signature, vote_bytes(network, 1, h, round_, id_, i), "6.2: vote")
    return round_, voters

def different(kind, messages):
    """Two votes, or two proposals, of one place for different things, in their order."""
    _, a, b = messages
    if kind == 0:
        return a[:3] + a[4:5] == b[:3] + b[4:5] and (a[3] or b"") < (b[3] or b"")
    return a[:2] + a[4:5] == b[:2] + b[4:5] and a[2:4] < b[2:4] and a[6] is None is b[6]

def check_evidence(raw, network):
    """Key and height at which the key signed two different things."""
    need(len(raw) <= 4096, "5.8: size of evidence")
    kind, messages = read(raw, EVIDENCE, "6.2: evidence")
    need(different(kind, messages), "6.2: evidence of two different things in one place")
    for message in messages[1:]:
        signature = vote_bytes(network, *message[:5], tag=("vote", "proposal")[kind])
        signed(messages[0], message[5], signature, "6.2: evidence")
    return messages[0], messages[1][1 - kind]

# ---- 5.7, 5.8 state and blocks

CHECKPOINT = 256
HEADER = (ONE, UINT, UINT, *[32] * 9)
BLOCK = (bytes, [bytes], bytes, [bytes])
FIELDS = ("height", "time", "proposer", "previous", "transactions_root", "changes_root", "state_root",
          "validators_hash", "next_validators_hash", "certificate_hash", "evidence_root")

def validators_hash(validators):
    return tagged("validators", encode(validators))

def read_block(raw):
    """Header, transactions, previous certificate and evidence, which the header commits to."""
    need(len(raw) <= 6_291_456, "5.8: size of the block")
    header_raw, transactions, previous, evidence = read(raw, BLOCK, "5.8: block", 1_048_576)
    header = SimpleNamespace(**dict(zip(FIELDS, read(header_raw, HEADER, "5.8: header")[1:])))
    header.id = tagged("block", header_raw)
    ids = [tagged("transaction-id", t) for t in transactions]
    need(header.transactions_root == counted("transactions", ids), "5.8: transactionsRoot")
    need(header.evidence_root == counted("evidence", evidence), "5.8: evidenceRoot")
    need(header.certificate_hash == sha(previous), "5.8: previousCertificateHash")
    need(len(transactions) <= 10_000 and sum(map(len, transactions)) <= 4_194_304, "5.8: limits of transactions")
    need(len(previous) <= 65_536 and len(evidence) <= 16, "5.8: limits of certificate and evidence")
    return header, transactions, previous, evidence

class Ledger:
    """State after block `height`; `changes` are what the last block wrote."""

    def __init__(self, raw):
        genesis = read(raw, (ONE, str, UINT, PARAMETERS, [bytes]), "4: genesis")
        _, self.name, self.time, self.parameters, cards = genesis
        self.network = self.head = tagged("genesis", raw)
        self.height, self.state, self.changes = 0, {}, {}
        check_name(self.name)
        founders = [check_card(card, self.name, self.time) for card in cards]
        ids, keys = [i for i, _ in founders], [key for _, body in founders for key in body[4:10]]
        need(len(raw) <= 4_194_304 and 1 <= len(ids) <= 300 and ids == sorted(set(ids)), "4: founders, in order")
        need(len(keys) == len(set(keys)), "3: a key occurs twice")
        for i, body in founders:
            roles = [[role, 1, key, 0] for role, key in enumerate(body[6:10], 1)]
            self.put([body[2], body[3], body[4], body[5], roles, body[11], 0], 1, i)
            self.put([i, [[1, None]]], 14, body[7])
        self.put(sorted(([i, body[7], False] for i, body in founders), key=lambda v: v[1]), 7)
        self.put(self.parameters, 9)
        self.put([0, self.time, None], 10)
        for table, value in ((8, [[], []]), (12, [[], []]), (13, [])):
            self.put(value, table)
        self.roots = {0: self.root()}

    def get(self, table, *parts):
        value = self.state.get(bytes([table]) + b"".join(parts))
        return value and decode(value, 2**53)

    def put(self, value, table, *parts):
        key = bytes([table]) + b"".join(parts)
        self.state[key] = self.changes[key] = encode(value)

    def put_changed(self, value, table, *parts):
        if self.get(table, *parts) != value:
            self.put(value, table, *parts)

    def key(self, member, role):
        """Version and key of a member's role; nothing for strangers."""
        row = self.get(1, member)
        return max((v, k) for r, v, k, _ in row[4] if r == role) if row else (None, None)

    def root(self):
        buckets = [[] for _ in range(4096)]
        for key, value in sorted(self.state.items()):
            buckets[int.from_bytes(sha(key)[:2], "big") >> 4].append(encode([key, value]))
        return tagged("state", u64(len(self.state)), merkle([counted("bucket", b) for b in buckets]))

    def changes_root(self):
        return counted("changes", [encode([k, v]) for k, v in sorted(self.changes.items())])

    def transaction(self, raw, height, time):
        """5.1: checks one transaction and does what its kind does."""
        content_raw, signature = read(raw, (bytes, 64), "5.1: transaction")
        content = read(content_raw, CONTENT, "5.1: content")
        _, member, version, lane, sequence, writer, entry, kind, body, expires, payloads = content
        tx = SimpleNamespace(member=member, lane=lane, sequence=sequence, writer=writer, body=body)
        tx.id, tx.payloads, tx.height, tx.time = tagged("transaction-id", raw), payloads, height, time
        current, key = self.key(member, 3)
        need(current == version and len(content_raw) <= 32_768, "5.1: sender, key version or size")
        message = sign_bytes("transaction", self.network, tagged("transaction", content_raw))
        signed(key, signature, message, "5.1: transaction")
        last, lane_head = self.get(2, member, lane) or (0, bytes(32))
        need(sequence == last + 1, "5.1: sequence")
        need(writer == (self.get(3, member) or [0])[0] + (kind == 1), "5.1: writer")
        if lane == bytes(16):
            need(expires is not None and time <= expires <= time + 86_400_000, "5.1: expires")
        need(lane == bytes(16) or expires is None, "5.1: expires")
        need(kind in KINDS and (kind < 20 or lane != bytes(16)), "5.2: kind and its lane")
        KINDS[kind](self, tx)
        self.put([sequence, tagged("lane", lane_head, tx.id)], 2, member, lane)
        self.quota(tx)
        return len(body[2]) if kind == 21 else 0, sum(n for _, n in payloads)

    def quota(self, tx):
        size, day = sum(n for _, n in tx.payloads), tx.time // 86_400_000
        need(len(tx.payloads) <= 16 and size <= 8_388_608, "5.1: payloads")
        if size:
            last, used, retained = self.get(6, tx.member) or (day, 0, 0)
            used = size + (used if last == day else 0)
            need(used <= self.parameters[5] and retained + size <= self.parameters[6], "5.6: quota")
            self.put([day, used, retained + size], 6, tx.member)

    def execute(self, h, time, proposer, transactions, round_, voters, evidence):
        """What block h writes: its transactions, then 5.10, then the clock."""
        self.changes = {}
        done = [self.transaction(raw, h, time) for raw in transactions]
        need(sum(ended for ended, _ in done) <= 4096, "5.8: ended grants")
        need(sum(size for _, size in done) <= 8_388_608, "5.8: payloads")
        roster(self, h, round_, voters, evidence)
        self.put([h, time, proposer], 10)

    def block(self, raw, certificate):
        """Checks block height + 1 and the certificate that decided it, and becomes the state after it."""
        header, transactions, previous, evidence = read_block(raw)
        h, before = header.height, self.get(7)
        need(h == self.height + 1 and header.previous == self.head, "5.8: link to the block before")
        need(header.time > self.time, "5.8: time")
        need(any(v[0] == header.proposer and not v[2] for v in before), "5.8: proposer")
        need(header.state_root == self.roots[max(0, h - 17) // CHECKPOINT * CHECKPOINT], "5.8: stateRoot")
        need(header.validators_hash == validators_hash(before), "5.8: validatorsHash")
        need(h > 1 or previous == b"", "5.8: certificate in block 1")
        round_, voters = 0, []
        if h > 1:
            round_, voters = check_certificate(previous, self.network, self.get(12)[0], h - 1, self.head)
        self.execute(h, header.time, header.proposer, transactions, round_, voters, evidence)
        need(header.changes_root == self.changes_root(), "5.8: changesRoot")
        need(header.next_validators_hash == validators_hash(self.get(7)), "5.8: nextValidatorsHash")
        check_certificate(certificate, self.network, before, h, header.id)
        self.height, self.time, self.head = h, header.time, header.id
        if h % CHECKPOINT == 0:
            self.roots[h] = self.root()
        return len(transactions), len(evidence)

# ---- 5.10 who votes and who proposes

def roster(ledger, h, round_, voters, evidence):
    before, (old, old_eligible) = ledger.get(7), ledger.get(12)
    last_proposer = ledger.get(10)[2]
    now = [list(v) for v in before]
    terms, ended = ({row[0]: row[1:] for row in rows} for rows in ledger.get(8))
    eligible = [i for i, v in enumerate(before) if not v[2] and v[0] not in terms]

    def end(member):
        ended[member] = [h, terms.pop(member)[1]]

    for raw in evidence:  # 1
        suspend(ledger, h, now, raw)
    for member in {old[i][0] for i in voters} & set(terms):  # 2
        terms[member][2] = True
    for member, (since, term, has_signed) in list(terms.items()):  # 3
        if h - since >= (term if has_signed else 16_384) or h - since >= 16_384:
            end(member)
    failed = range(round_) if 1 <= round_ <= faulty(old) else ()
    able = {v[0] for v in now if not v[2]}
    for r in failed:  # 4
        member = old[old_eligible[(h - 1 + r) % len(old_eligible)]][0]
        if member != last_proposer and member in able and member not in terms:
            at, term = ended.pop(member, (h - 8192, 0))
            terms[member] = [h, min(2 * term, 8192) if h - at < 8192 else 256, False]
    suspended_now = sum(v[2] for v in now) - sum(v[2] for v in before)
    now = take_changes(ledger, now, max(1, faulty(before)) - suspended_now)  # 5
    for member in set(terms) - {v[0] for v in now if not v[2]}:  # 6
        end(member)
    while len(terms) > max(0, faulty(now) - sum(v[2] for v in now)):
        end(min(terms, key=lambda member: (terms[member][0], member)))
    kept = {member: row for member, row in ended.items() if h - row[0] < 8192}  # 7
    ledger.put_changed(now, 7)
    ledger.put_changed([[[m, *row] for m, row in sorted(rows.items())] for rows in (terms, kept)], 8)
    ledger.put_changed([before, eligible], 12)
    intervals(ledger, h, before, now)

ADD, REMOVE, REKEY, RESTORE = range(4)

def take_changes(ledger, now, room):
    """Step 5: the set after as many of the waiting changes as there is room for."""
    waiting, suspended = ledger.get(13), [v[0] for v in now if v[2]]
    first = [c for c in waiting if c[0] == REMOVE and c[1] in suspended]
    stay, held = [], set()
    for change in first + [c for c in waiting if c not in first]:
        after = set_after(now, *change)
        if room <= 0 or change[1] in held:
            stay.append(change)
        elif change[0] == REMOVE and must_wait(now, change[1], after):
            held.add(change[1])
            stay.append(change)
        elif after is not None:
            now, room = sorted(after, key=lambda v: v[1]), room - 1
    ledger.put_changed([c for c in waiting if c in stay], 13)
    return now

def must_wait(now, member, after):
    """Whether a member that votes cannot be removed yet."""
    votes = any(v[0] == member and not v[2] for v in now)
    return votes and (not after or sum(v[2] for v in after) > faulty(after))

def set_after(now, change, member, key):
    """The set with one change, in any order; nothing if the change does not fit."""
    mine, others = [v for v in now if v[0] == member], [v for v in now if v[0] != member]
    key_is_free = all(v[1] != key for v in now)
    if change == ADD and not mine and key_is_free and len(now) < 300:
        return now + [[member, key, False]]
    if change == REMOVE and mine:
        return others
    if change == REKEY and mine and key_is_free:
        return others + [[member, key, mine[0][2]]]
    if change == RESTORE and mine and mine[0][2]:
        return others + [[member, mine[0][1], False]]
    return None

def suspend(ledger, h, now, raw):
    key, e = check_evidence(raw, ledger.network)
    member, could_vote = ledger.get(14, key) or (None, [])
    need(any(a <= e and (z is None or e <= z) for a, z in could_vote), "5.10: evidence of a key without a vote")
    need(e <= h <= e + 200_000, "5.10: height of evidence")
    need(ledger.get(15, key, u64(e)) is None, "5.10: evidence twice")
    mine = [v for v in now if v[0] == member]
    need(not any(v[2] for v in mine), "5.10: evidence against a suspended member")
    ledger.put([member, h], 15, key, u64(e))
    for v in mine:
        v[2] = sum(v[2] for v in now) < faulty(now)

def intervals(ledger, h, before, now):
    """Table 14: from when to when a key could vote."""
    could, can = ({v[1]: v[0] for v in rows if not v[2]} for rows in (before, now))
    for key in set(could) ^ set(can):
        member, spans = ledger.get(14, key) or (can[key], [])
        spans = [s for s in spans if s[1] is None or h - s[1] <= 200_000]
        if key in could:
            spans[-1][1] = h
        else:
            spans.append([h + 1, None])
        ledger.put([member, spans], 14, key)
