"""5.10: who votes and who proposes after a block, and evidence (6.2)."""
from verify import encode, need, sign_bytes, signed, tagged

def faulty(validators):
    return (len(validators) - 1) // 3

def vote_bytes(network, *fields, tag="vote", era=0):
    return sign_bytes(tag, network, tagged(tag, encode(fields)), era)

def different(kind, a, b):
    """Two votes (0), or two proposals (1), of one place for different things, in their order."""
    at = 3 - kind
    in_one_place = a[:at] + a[4:5] == b[:at] + b[4:5] and (kind == 0 or a[6] is None is b[6])
    return in_one_place and [a[at] or b"", a[3]] < [b[at] or b"", b[3]]

def check_evidence(evidence, network):
    """Key and height at which the key signed two different things."""
    kind, (key, *messages) = evidence
    need(len(evidence.raw) <= 4096 and different(kind, *messages), "6.2: evidence of two things in one place")
    for message in messages:
        made = vote_bytes(network, *message[:5], tag=("vote", "proposal")[kind])
        signed(key, message[5], made, "6.2: evidence")
    return key, messages[0][1 - kind]

def roster(ledger, h, certificate, evidence):
    """What block h, which carries the certificate of h - 1, does to tables 7, 8, 12, 13, 14 and 15."""
    before, (old, old_eligible) = ledger.get(7), ledger.get(12)
    last_proposer = ledger.get(10)[2]
    now = [list(v) for v in before]
    terms, ended = ({row[0]: row[1:] for row in rows} for rows in ledger.get(8))
    eligible = [i for i, v in enumerate(before) if not v[2] and v[0] not in terms]

    def end(member):
        since, term, _ = terms.pop(member)
        if since < h:
            ended[member] = [h, term]

    for piece in evidence:  # 1
        suspend(ledger, h, now, piece)
    _, round_, _, votes = certificate or (h, 0, None, [])
    for member in {old[i][0] for i, _ in votes} & set(terms):  # 2
        terms[member][2] = True
    for member, (since, term, has_signed) in list(terms.items()):  # 3
        if h - since >= (term if has_signed else 16_384) or h - since >= 16_384:
            end(member)
    failed = range(round_) if 1 <= round_ <= faulty(old) else ()
    able = {v[0] for v in now if not v[2]}
    for r in failed:  # 4
        member = old[old_eligible[(h - 1 + r) % len(old_eligible)]][0]
        if member != last_proposer and member in able and member not in terms:
            at, term = ended.get(member, (h - 8192, 0))
            terms[member] = [h, min(2 * term, 8192) if h - at < 8192 else 256, False]
    suspended_now = sum(v[2] for v in now) - sum(v[2] for v in before)
    now = take_changes(ledger, now, max(1, faulty(before)) - suspended_now)  # 5
    for member in set(terms) - {v[0] for v in now if not v[2]}:  # 6
        end(member)
    while len(terms) > max(0, faulty(now) - sum(v[2] for v in now)):
        end(min(terms, key=lambda member: (terms[member][0], member)))
    begun = {member for member, row in terms.items() if row[0] == h}  # 7
    kept = {member: row for member, row in ended.items() if h - row[0] < 8192 and member not in begun}
    ledger.put_changed(now, 7)
    ledger.put_changed([[[m, *row] for m, row in sorted(rows.items())] for rows in (terms, kept)], 8)
    ledger.put_changed([before, eligible], 12)
    intervals(ledger, h, before, now)

ADD, REMOVE, REKEY, RESTORE, SUSPEND = range(5)

def take_changes(ledger, now, room):
    """Step 5: the set after as many of the waiting changes as there is room for."""
    waiting, suspended = ledger.get(13), [v[0] for v in now if v[2]]
    first = [c for c in waiting if c[0] == SUSPEND]
    first += [c for c in waiting if c[0] == REMOVE and c[1] in suspended]
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
    if change == SUSPEND and mine and not mine[0][2] and sum(v[2] for v in now) < faulty(now):
        return others + [[member, mine[0][1], True]]
    return None

def suspend(ledger, h, now, piece):
    key, e = check_evidence(piece, ledger.network)
    member, could_vote = ledger.get(14, key) or (None, [])
    need(any(a <= e and (z is None or e <= z) for a, z in could_vote), "5.10: evidence of a key with no vote")
    need(e <= h <= e + 200_000, "5.10: height of evidence")
    need(ledger.get(15, key, e.to_bytes(8, "big")) is None, "5.10: evidence twice")
    mine = [v for v in now if v[0] == member]
    need(not any(v[2] for v in mine), "5.10: evidence against a suspended member")
    ledger.put([member, h], 15, key, e.to_bytes(8, "big"))
    ledger.put([h], 24, member)
    ledger.put_changed([c for c in ledger.get(13) if c[:2] != [ADD, member]], 13)
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
