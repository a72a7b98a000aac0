"""Sections 4 and 5 as a ledger in memory: it executes blocks and recomputes what each one writes."""
from types import SimpleNamespace
import membership
from names import check_members, skeletons
from roster import roster
from verify import Chain, counted, decode, encode, merkle, need, sha, tagged

# ---- 5.2 to 5.5 what transactions do
EPOCH_MS = (3_600_000, 86_400_000, 2_592_000_000)

def stream_of(ledger, tx, payloads):
    stream = ledger.get(4, tx.lane)
    need(stream and stream[0] == tx.member, "5.2: stream of the sender")
    need(payloads == len(tx.payloads), "5.2: payloads of the kind")
    return stream

def claim_writer(ledger, tx):
    need(not tx.payloads and tx.body == [tx.writer], "5.2: claim-writer")
    ledger.put([tx.writer], 3, tx.member)

def void(ledger, tx):
    need(not tx.payloads, "5.2: void")

def stream_create(ledger, tx):
    _, category, epoch_length, facets, schema, _, _ = tx.body
    need(tx.lane[:8] == tx.member[:8], "5.3: lane of a new stream")
    need(tx.sequence == 1, "5.3: sequence of a new stream")
    need(not ledger.get(4, tx.lane), "5.3: stream exists")
    need(1 <= len(facets) <= 16 and len(tx.payloads) == 1, "5.3: facets, payload")
    ledger.put([tx.member, category, epoch_length, facets, 1, schema, tx.id, tx.height], 4, tx.lane)
    ledger.put([tx.height, tx.id], 11, tx.lane, (1).to_bytes(4, "big"))

def stream_roll(ledger, tx):
    stream = stream_of(ledger, tx, 0)
    need(tx.body[0] == stream[4] + 1, "5.3: generation")
    ended = tx.body[2]
    need(len(ended) <= 256, "5.3: ended grants")
    stream[4] += 1
    ledger.put(stream, 4, tx.lane)
    ledger.put([tx.height, tx.id], 11, tx.lane, stream[4].to_bytes(4, "big"))
    for grant_id in ended:
        grant = ledger.get(5, tx.lane, grant_id)
        need(grant and grant[9] is None, "5.3: a live grant of this stream, once")
        ledger.put([*grant[:9], tx.height], 5, tx.lane, grant_id)

def records(ledger, tx):
    _, generation, epoch, backfill, schema, _, facets = tx.body
    stream = stream_of(ledger, tx, len(facets))
    need([len(facets), generation, schema] == [len(stream[3]), *stream[4:6]], "5.4: not as the stream has it")
    span = EPOCH_MS[stream[2]]
    need(epoch <= (tx.time + 300_000) // span, "5.4: epoch ahead")
    need(backfill or epoch >= (tx.time - 604_800_000) // span, "5.4: epoch behind")

    ledger.keep(tx.lane, tx.sequence // 16,
                lambda kept: [*kept, [tx.sequence, tx.height, sum(n for _, n in tx.payloads)]])

def purge(ledger, tx):
    stream_of(ledger, tx, 0)
    first, last = tx.body
    need(2 <= first <= last < tx.sequence and last - first < 65_536, "5.4: range of a purge")
    gone = sum(ledger.keep(tx.lane, row, lambda kept: [b for b in kept if not first <= b[0] <= last])
               for row in range(first // 16, last // 16 + 1))
    if gone:
        day, used, retained = ledger.get(6, tx.member)
        ledger.put([day, used, retained - gone], 6, tx.member)

def grant(ledger, tx):
    stream = stream_of(ledger, tx, 0)
    need(1 <= len(tx.body) <= 32 and len(encode(tx.body)) <= 16_384, "5.5: size of the body")
    for index, (grantee, version, generation, facets, first, last, sealed) in enumerate(tx.body):
        need(grantee != tx.member and ledger.before(grantee), "5.5: grantee")
        need(any(k[:2] == [4, version] and (k[4] is None or tx.time < k[4]) for k in ledger.before(grantee)),
             "5.5: key version")
        need(facets and facets == sorted(set(facets)), "5.5: facets, ascending")
        need(facets[-1] < len(stream[3]), "5.5: facets of the stream")
        need(first <= last, "5.5: epochs")
        need(generation <= stream[4], "5.5: generation")
        need(len(sealed) >= 1137, "5.5: length of the seal")
        grant_id = tagged("grant", encode([tx.lane, tx.sequence, index]))[:16]
        value = [grantee, version, generation, facets, first, last, tx.id, index, tx.height, None]
        ledger.put(value, 5, tx.lane, grant_id)

KINDS = {1: claim_writer, 2: void, 20: stream_create, 21: stream_roll, 22: purge, 30: records, 40: grant}
KINDS |= membership.KINDS

# ---- 5.7, 5.8 state and blocks
def state_root(state):
    buckets = [[] for _ in range(4096)]
    for key, value in sorted(state.items()):
        buckets[int.from_bytes(sha(key)[:2], "big") >> 4].append(encode([key, value]))
    return tagged("state", len(state).to_bytes(8, "big"), merkle([counted("bucket", b) for b in buckets]))

class Ledger(Chain):
    """A chain with its state; `changes` are what the last block wrote."""
    checkpoint = 256

    def __init__(self, genesis):
        super().__init__(genesis)
        need(len(genesis.raw) <= 4_194_304, "4: size of the genesis")
        check_members(self.name, list(self.members.values()))
        self.state, self.changes = {}, {}
        for i, body in self.members.items():
            self.take_in(i, body, 0)
            self.put([i, [[1, None]]], 14, body[7])
        self.put(self.validators, 7)
        self.put(self.parameters, 9)
        self.put([0, self.time, None], 10)
        self.put([0, len(self.members)], 18)
        self.put([[2, 0]], 22)
        self.put([self.network, self.name], 23)
        for table, value in ((8, [[], []]), (12, [[], []]), (13, [])):
            self.put(value, table)
        self.roots = {0: state_root(self.state)}

    @classmethod
    def at(cls, network, height, state):
        """A ledger that begins with a state; it has no blocks behind it."""
        self = cls.__new__(cls)
        self.network, self.height, self.state, self.changes = network, height, dict(state), {}
        self.at_start = self.state
        self.lanes = {}
        for key in state:
            if key[0] == 2:
                self.lanes[key[1:33], key[33:]] = self.get(2, key[1:])
        return self

    def get(self, table, *parts):
        value = self.state.get(bytes([table]) + b"".join(parts))
        return value and decode(value, 2**53)

    def put(self, value, table, *parts):
        """Writes a value, or with None deletes it."""
        key = bytes([table]) + b"".join(parts)
        self.changes[key] = value if value is None else encode(value)
        self.state[key] = self.changes[key]
        if value is None:
            del self.state[key]

    def put_changed(self, value, table, *parts):
        if self.get(table, *parts) != value:
            self.put(value, table, *parts)

    def keep(self, stream, row, change):
        """Changes a row of the batches that are kept; answers with the payload bytes that went."""
        key = stream, row.to_bytes(8, "big")
        before = self.get(25, *key) or []
        after = change(before)
        if after != before:
            self.put(after or None, 25, *key)
        return sum(b[2] for b in before) - sum(b[2] for b in after)

    def take_in(self, member, body, height):
        """A new member: its row, its keys and its names."""
        keys = [[role, 1, key, height, None, False] for role, key in enumerate(body[6:10], 1)]
        self.put([*body[2:6], keys, body[11], height, 1, None], 1, member)
        for use, key in enumerate([*body[6:10], body[4], body[5]], 1):
            self.put([member, use], 19, sha(key))
        for look in skeletons(body[2], body[3]):
            self.put([member], 20, tagged("skeleton", look.encode()))

    def signing_key(self, member, version, time):
        """5.1: the transaction key of a version that serves; nothing for strangers and who has left."""
        row = self.get(1, member)
        keys = row[4] if row and row[8] is None else []
        serving = (k[2] for k in keys if k[:2] == [3, version] and (k[4] is None or time < k[4]))
        return next(serving, None)

    def before(self, member):
        """The keys of a member that had not left when the block began."""
        raw = self.at_start.get(b"\1" + member)
        row = decode(raw) if raw else None
        return row[4] if row and row[8] is None else []

    def key(self, member, role):
        """Version and key of a member's role; nothing for strangers."""
        row = self.get(1, member)
        return max((v, k) for r, v, k, *_ in row[4] if r == role) if row else (None, None)

    def transaction(self, raw_tx, time):
        """5.1, all of it: checks one transaction and does what its kind does."""
        super().transaction(raw_tx, time)
        _, member, version, lane, sequence, writer, _, kind, body, _, payloads = raw_tx[0]
        tx = SimpleNamespace(member=member, lane=lane, sequence=sequence, writer=writer, body=body)
        tx.id, tx.payloads = tagged("transaction-id", raw_tx.raw), payloads
        tx.height, tx.time = self.height + 1, time
        need(writer == (self.get(3, member) or [0])[0] + (kind == 1), "5.1: writer")
        KINDS[kind](self, tx)
        self.put(self.lanes[member, lane], 2, member, lane)
        self.quota(tx)
        purged = body[1] - body[0] + 1 if kind == 22 else 0
        return len(body[2]) if kind == 21 else 0, purged, sum(n for _, n in payloads)

    def quota(self, tx):
        size, day = sum(n for _, n in tx.payloads), tx.time // 86_400_000
        need(len(tx.payloads) <= 16 and size <= 8_388_608, "5.1: payloads")
        if size:
            last, used, retained = self.get(6, tx.member) or (day, 0, 0)
            used = size + (used if last == day else 0)
            need(used <= self.get(9)[5], "5.6: quota of the day")
            need(retained + size <= self.get(9)[6], "5.6: quota of what is retained")
            self.put([day, used, retained + size], 6, tx.member)

    def execute(self, header, transactions, evidence, certificate):
        """What the block writes: its transactions, then 5.10, then the clock."""
        self.changes, self.at_start, h = {}, dict(self.state), self.height + 1
        checkpoint = max(0, h - 17) // self.checkpoint * self.checkpoint
        need(header.stateRoot == self.roots[checkpoint], "5.8: stateRoot")
        done = [self.transaction(tx, header.timeMs) for tx in transactions]
        need(sum(ended for ended, _, _ in done) <= 4096, "5.8: ended grants")
        need(sum(purged for _, purged, _ in done) <= 65_536, "5.8: purged sequences")
        need(sum(size for *_, size in done) <= 8_388_608, "5.8: payloads")
        roster(self, h, certificate, evidence)
        membership.milestone(self, h, header.timeMs, header.previousBlockId)
        self.put([h, header.timeMs, header.proposer], 10)
        written = [encode([key, value]) for key, value in sorted(self.changes.items())]
        need(header.changesRoot == counted("changes", written), "5.8: changesRoot")
        return self.get(7)

    def block(self, block, certificate):
        _, transactions, previous, evidence = block
        need(len(block.raw) <= 6_291_456 and len(previous) <= 65_536 and len(evidence) <= 16, "5.8: limits")
        need(len(block[0].raw) <= 1024, "5.8: limit of the header")
        sizes = [len(tx.raw) for tx in transactions]
        need(len(sizes) <= 10_000 and sum(sizes) <= 4_194_304, "5.8: limits of transactions")
        super().block(block, certificate)
        if self.height % self.checkpoint == 0:
            self.roots[self.height] = state_root(self.state)
