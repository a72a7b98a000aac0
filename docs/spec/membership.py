"""5.12: invitations, applications, requests and votes, departures, votes of members, and new keys."""
from names import check_members, check_xwing, is_address, is_name, skeletons
from roster import ADD, REKEY, REMOVE, RESTORE, SUSPEND, faulty
from verify import (APPLICATION, L, Refused, check_card, decode, encode, need, point, read, sha, sign_bytes,
                    signed, tagged, times)

DAY = 86_400_000

def u64(n):
    return n.to_bytes(8, "big")

def u32(n):
    return n.to_bytes(4, "big")

# ---- who has a say, and changes of the set
def standing(ledger):
    going = [member for change, member, _ in ledger.get(13) if change == REMOVE]
    return [v[0] for v in ledger.get(7) if not v[2] and v[0] not in going]

def electorate(ledger, subject):
    return [member for member in standing(ledger) if member != subject]

def votes_needed(ledger, m):
    return (m // 2 + 1, 2 * m // 3 + 1, m)[ledger.get(9)[7]]

def in_set(ledger, member):
    """The member's row of table 7, or nothing."""
    return next((v for v in ledger.get(7) if v[0] == member), None)

def enters(ledger, member):
    return any(c[:2] == [ADD, member] for c in ledger.get(13))

def changes_with(ledger, change, member, key=None):
    """Table 13 with one more change, which 5.10 has to allow."""
    waiting = ledger.get(13)
    used = key and (ledger.get(14, key) or any(c[2] == key for c in waiting))
    others = [c for c in waiting if c[:2] != [change, member]]
    need(not used and len(others) < 1500, "5.12: change of the set")
    return sorted(others + [[change, member, key]], key=lambda c: c[1])

def present(ledger, member):
    row = ledger.get(1, member)
    need(row and row[8] is None, "5.12: a member that has not left")
    return row

# ---- keys
def is_new(ledger, key):
    need(ledger.get(19, sha(key)) is None, "5.12: key seen before")

def check_key(key):
    if len(key) == 32:
        need(times(point(key), L) == (0, 1), "3: torsion")
    else:
        check_xwing(key)

def check_signature(ledger, key, signature, tag, hash_):
    signed(key, signature, sign_bytes(tag, ledger.network, hash_), "5.12: " + tag)

# ---- invitations and applications
def openings(ledger, member):
    return ledger.get(16, member) or [[], []]

def put_openings(ledger, member, invitations, requests):
    if invitations or requests:
        ledger.put([invitations, requests], 16, member)
    elif ledger.get(16, member):
        ledger.put(None, 16, member)

def invite(ledger, tx):
    key, name, expires, possession = tx.body
    invitations, requests = openings(ledger, tx.member)
    invitations = [i for i in invitations if i[2] > tx.time]
    need(tx.member in standing(ledger) and is_name(name), "5.12: inviter, or name")
    need(tx.time < expires <= tx.time + 30 * DAY and len(invitations) < 8, "5.12: invitations")
    is_new(ledger, key)
    hash_ = tagged("invite", encode([ledger.network, tx.member, key, name, expires]))
    check_signature(ledger, key, possession, "invite", hash_)
    check_key(key)
    put_openings(ledger, tx.member, invitations + [[key, name, expires]], requests)
    ledger.put([tx.member, 7], 19, sha(key))

def check_newcomer(ledger, body):
    need(ledger.get(18)[1] < 300, "5.12: members")
    for key in body[4:10]:
        is_new(ledger, key)
    taken = any(ledger.get(20, tagged("skeleton", s.encode())) for s in skeletons(body[2], body[3]))
    need(not taken, "5.12: a name confusable with a member's")

def apply(ledger, tx):
    application = read(tx.body[0], APPLICATION)
    content, *signatures = application
    _, network, card, invitation_key = content
    invitations, requests = openings(ledger, tx.member)
    mine = [i for i in invitations if i[0] == invitation_key]
    need(network == ledger.network, "5.12: application of another network")
    need(len(application.raw) <= 8704 and mine and tx.time < mine[0][2], "5.12: invitation")
    check_room(ledger, tx)
    body, hash_ = card[0], tagged("application", content.raw)
    who = ("invitation", invitation_key), ("root", body[4]), ("network", body[6]), ("consensus", body[7]), \
        ("transaction", body[8])
    for (name, key), signature in zip(who, signatures):
        check_signature(ledger, key, signature, "application-" + name, hash_)
    check_newcomer(ledger, body)
    name = ledger.get(23)[1]
    need(len(set(body[4:10])) == 6, "3: a key occurs twice")
    check_card(card, name, tx.time)
    check_members(name, [body])
    put_openings(ledger, tx.member, [i for i in invitations if i not in mine], requests)
    open_request(ledger, tx, [1, application.raw], None, hash_)

# ---- requests
def open_numbers(ledger, member, time):
    rows = [(n, ledger.get(17, u32(n))) for n in openings(ledger, member)[1]]
    return [n for n, row in rows if row and row[5] > time]

def check_room(ledger, tx):
    need(len(open_numbers(ledger, tx.member, tx.time)) < 16, "5.12: open requests")

def open_request(ledger, tx, action, subject, hash_=None):
    keep = open_numbers(ledger, tx.member, tx.time)
    invitations, requests = openings(ledger, tx.member)
    for n in set(requests) - set(keep):
        ledger.put(None, 17, u32(n))
    last, members = ledger.get(18)
    raw = encode(action)
    hash_ = hash_ or tagged("request", encode([ledger.network, last + 1, raw]))
    ledger.put([last + 1, members], 18)
    put_openings(ledger, tx.member, invitations, keep + [last + 1])
    row = [raw, hash_, subject, tx.member, tx.height, tx.time + 14 * DAY, []]
    ledger.put(row, 17, u32(last + 1))

def propose(ledger, tx):
    action, = tx.body
    need(action[0] != 1, "5.12: an application is carried by apply")
    subject = action[1] if action[0] < 6 else None
    need(tx.member in electorate(ledger, None if action[0] == 5 else subject), "5.12: proposer")
    check_room(ledger, tx)
    PREPARE[action[0]](ledger, action, tx)
    open_request(ledger, tx, action, subject)

def vote(ledger, tx):
    number, hash_, approves, reason = tx.body
    row = ledger.get(17, u32(number))
    need(row and row[1] == hash_ and tx.time < row[5] and len(reason) <= 200, "5.12: request")
    raw, _, subject, proposer, _, _, votes = row
    who = electorate(ledger, subject)
    need(tx.member in who, "5.12: voter")
    votes = {m: v for m, v in votes if m in who} | {tx.member: approves}
    needed = votes_needed(ledger, len(who))
    yes = sum(votes.values())
    approved, rejected = yes >= needed, len(votes) - yes > len(who) - needed
    if not approved and not rejected:
        return ledger.put([*row[:6], [[m, v] for m, v in sorted(votes.items())]], 17, u32(number))
    ledger.put(None, 17, u32(number))
    invitations, requests = openings(ledger, proposer)
    put_openings(ledger, proposer, invitations, [n for n in requests if n != number])
    if approved:
        action = decode(raw)
        try:
            carry_out = PREPARE[action[0]](ledger, action, tx)
        except Refused:
            return None  # void
        carry_out()
    return None

# ---- actions: each checks, and answers with what it does
def admit(ledger, action, tx):
    card = decode(decode(decode(action[1])[0])[2])
    body = decode(card[0])
    check_newcomer(ledger, body)
    def carry_out():
        ledger.take_in(tagged("member", body[4]), body, tx.height)
        requests, members = ledger.get(18)
        ledger.put([requests, members + 1], 18)
    return carry_out

def remove(ledger, action, tx):
    present(ledger, action[1])
    changes_with(ledger, REMOVE, action[1])
    return lambda: depart(ledger, action[1], tx.height)

def suspend(ledger, action, tx):
    row = in_set(ledger, action[1])
    need(row and not row[2], "5.12: suspend a validator")
    waiting = [c for c in ledger.get(13) if c[0] == SUSPEND and c[1] != action[1]]
    now = ledger.get(7)
    need(sum(v[2] for v in now) + len(waiting) < faulty(now), "5.12: f are suspended")
    changes = changes_with(ledger, SUSPEND, action[1])
    def carry_out():
        ledger.put(changes, 13)
        ledger.put([tx.height], 24, action[1])
    return carry_out

def readmit(ledger, action, _):
    row, barred = in_set(ledger, action[1]), ledger.get(24, action[1])
    need(barred or row and row[2], "5.12: readmit one that is suspended")
    changes = changes_with(ledger, RESTORE, action[1]) if row and row[2] else None
    def carry_out():
        if changes:
            ledger.put(changes, 13)
        if barred:
            ledger.put(None, 24, action[1])
    return carry_out

def replace_root(ledger, action, _):
    _, member, root, recovery, possession = action
    row = present(ledger, member)
    is_new(ledger, root)
    is_new(ledger, recovery)
    hash_ = tagged("replace-root", encode([ledger.network, member, root, recovery]))
    check_signature(ledger, root, possession, "replace-root", hash_)
    check_key(root)
    check_key(recovery)
    def carry_out():
        ledger.put([*row[:2], root, recovery, *row[4:]], 1, member)
        ledger.put([member, 5], 19, sha(root))
        ledger.put([member, 6], 19, sha(recovery))
    return carry_out

def parameters(ledger, action, _):
    need(action[1] != ledger.get(9), "5.12: the same parameters")
    need(1_000 <= action[1][4] <= 60_000 and action[1][3] >= 10, "5.12: unsafe timeouts")
    return lambda: ledger.put(action[1], 9)

def protocol_version(ledger, action, tx):
    _, version, height = action
    rows = [row for row in ledger.get(22) if row[1] <= tx.height]
    fits = version == rows[-1][0] + 1 and tx.height + 1000 <= height <= tx.height + 10_000_000
    need(fits and len(rows) < 256, "5.12: protocol version")
    return lambda: ledger.put([*rows, [version, height]], 22)

PREPARE = {1: admit, 2: remove, 3: suspend, 4: readmit, 5: replace_root, 6: parameters, 7: protocol_version}

# ---- leaving, and votes of members
def depart(ledger, member, height):
    row = present(ledger, member)
    ledger.put([*row[:8], height], 1, member)
    for s in skeletons(row[0], row[1]):
        ledger.put(None, 20, tagged("skeleton", s.encode()))
    for n in openings(ledger, member)[1]:
        if ledger.get(17, u32(n)):
            ledger.put(None, 17, u32(n))
    put_openings(ledger, member, [], [])
    requests, members = ledger.get(18)
    ledger.put([requests, members - 1], 18)
    ledger.put_changed([c for c in ledger.get(13) if c[:2] != [ADD, member]], 13)
    if in_set(ledger, member):
        ledger.put(changes_with(ledger, REMOVE, member), 13)

def leave(ledger, tx):
    need(electorate(ledger, tx.member), "5.12: the last validator")
    changes_with(ledger, REMOVE, tx.member)
    depart(ledger, tx.member, tx.height)

def stand_down(ledger, tx):
    need(in_set(ledger, tx.member) and electorate(ledger, tx.member), "5.12: the last validator, or none")
    changes = changes_with(ledger, REMOVE, tx.member)
    row = present(ledger, tx.member)
    ledger.put([*row[:7], row[7] + 1, row[8]], 1, tx.member)
    ledger.put(changes, 13)

def ready(ledger, tx):
    admission, height, block_id, signature = tx.body
    row, milestone = present(ledger, tx.member), ledger.get(21, u64(height))
    outside = not in_set(ledger, tx.member) and not enters(ledger, tx.member)
    need(outside and not ledger.get(24, tx.member) and admission == row[7], "5.12: ready")
    need(milestone and milestone[0] == block_id, "5.12: milestone")
    need(tx.height - height <= 100 or tx.time - milestone[1] <= 300_000, "5.12: age of the milestone")
    key = ledger.key(tx.member, 2)[1]
    changes = changes_with(ledger, ADD, tx.member, key)
    hash_ = tagged("ready", encode([ledger.network, tx.member, admission, height, block_id]))
    check_signature(ledger, key, signature, "ready", hash_)
    ledger.put(changes, 13)

# ---- new keys
ROLES = {1: "network", 2: "consensus", 3: "transaction", 4: "encryption"}

def rotate_key(ledger, tx):
    member, role, version, key, seal, possession, root_signature, compromised = tx.body
    row = present(ledger, member)
    old = [k for k in row[4] if k[0] == role]
    need(version == old[-1][1] + 1, "5.12: version of the key")
    need([len(key), len(seal), len(possession)] == ([1216, 1168, 0] if role == 4 else [32, 0, 64]), "5.12: form")
    if compromised:
        today = [k for k in old if k[5] and k[4] // DAY == tx.time // DAY]
        need(len(today) < (8 if root_signature and role < 3 else 1), "5.12: compromised again")
    else:
        need(all(k[4] is None or k[4] <= tx.time for k in old), "5.12: an older key still serves")
    is_new(ledger, key)
    changes = None
    if role == 2 and (in_set(ledger, member) or enters(ledger, member)):
        changes = changes_with(ledger, REKEY if in_set(ledger, member) else ADD, member, key)
    hash_ = tagged("rotation", encode([ledger.network, member, role, version, key, seal, compromised]))
    need(root_signature or tx.member == member and role < 3, "5.12: signature of the root")
    if root_signature:
        check_signature(ledger, row[2], root_signature, "rotate-root", hash_)
    if role != 4:
        check_signature(ledger, key, possession, "rotate-" + ROLES[role], hash_)
    check_key(key)
    for k in old:
        if k[4] is None:
            k[4:] = [tx.time + (0 if compromised else 3_600_000), compromised]
        elif compromised and tx.time < k[4]:
            k[4:] = [tx.time, True]
    kept = [*old, [role, version, key, tx.height, None, False]][-16:]
    keys = sorted([k for k in row[4] if k[0] != role] + kept, key=lambda k: k[:2])
    ledger.put([*row[:4], keys, *row[5:]], 1, member)
    ledger.put([member, role], 19, sha(key))
    if changes:
        ledger.put(changes, 13)

def addresses(ledger, tx):
    places, = tx.body
    need(len(places) == len(set(places)) <= 4 and all(map(is_address, places)), "5.12: addresses")
    row = present(ledger, tx.member)
    ledger.put([*row[:5], places, *row[6:]], 1, tx.member)

def milestone(ledger, height, time, block_id):
    """Block `height` names the one before it, and forgets what is old."""
    if (height - 1) % 16:
        return
    last = ledger.get(21, u64(height - 17)) if height > 1 else None
    oldest = last[2] if last else height - 1
    for _ in range(4):
        row = ledger.get(21, u64(oldest)) if oldest < height - 1 else None
        if not row or height - oldest <= 100 or time - row[1] <= 300_000:
            break
        ledger.put(None, 21, u64(oldest))
        oldest += 16
    ledger.put([block_id, ledger.get(10)[1], oldest], 21, u64(height - 1))

KINDS = {10: invite, 11: apply, 12: propose, 13: vote, 14: ready, 15: leave, 16: rotate_key, 17: addresses,
         18: stand_down}
