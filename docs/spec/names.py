"""Sections 3 and 4: what a member may be called, where it may be found, and which keys it may have."""
import json, re, unicodedata
from pathlib import Path
from verify import P, need

TABLES = json.loads(Path(__file__).with_name("confusables.json").read_text("utf-8"))

def in_ranges(c, ranges):
    return any(int(first, 16) <= ord(c) <= int(last, 16) for first, last in ranges)

def replaced(pairs):
    return {int(old, 16): int(new, 16) for old, new in pairs}

LOOK_ALIKES, LATIN_CAPITALS = replaced(TABLES["lookAlikes"]), replaced(TABLES["latinCapitals"])
LUNATE_SIGMAS = {0x3F2: "c", 0x3F9: "c"}

def is_undrawn(c):
    return in_ranges(c, TABLES["defaultIgnorable"])

def is_name_character(c):
    category = unicodedata.category(c)
    if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") or category == "Zs" and c not in " \u3000":
        return False
    return not in_ranges(c, TABLES["assignedLater"]["ranges"])

def is_name(s):
    drawn = any(c not in " \u3000\u2800" and not is_undrawn(c) for c in s)
    well_formed = unicodedata.is_normalized("NFC", s) and 1 <= len(s) <= 64 and s == s.strip(" \u3000")
    return well_formed and drawn and all(map(is_name_character, s))

def is_handle(s):
    return re.fullmatch("[a-z][a-z0-9-]{1,30}", s) is not None

BYTE = "(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
IP4 = re.compile(rf"{BYTE}(\.{BYTE}){{3}}")
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DNS4 = re.compile(rf"{LABEL}(\.{LABEL})*")

def is_ip6(s):
    halves = s.split("::")
    groups = [half.split(":") if half else [] for half in halves]
    written = sum(groups, [])
    enough = len(written) == 8 if len(halves) == 1 else len(halves) == 2 and len(written) <= 7
    return enough and all(re.fullmatch("[0-9a-f]{1,4}", group) for group in written)

def is_address(s):
    parts = re.fullmatch("/(ip4|ip6|dns4)/([^/]+)/tcp/([1-9][0-9]{0,4})", s)
    if not parts or len(s.encode()) > 128 or int(parts[3]) > 65_535:
        return False
    return bool({"ip4": IP4.fullmatch, "ip6": is_ip6, "dns4": DNS4.fullmatch}[parts[1]](parts[2]))

def decomposed(s):
    return unicodedata.normalize("NFKD", s)

def skeleton(s):
    s = decomposed("".join(c.lower() for c in decomposed(s.translate(LUNATE_SIGMAS))))
    s = "".join(c for c in s if not 0x300 <= ord(c) <= 0x36F).translate(LOOK_ALIKES)
    s = "".join(c for c in s if unicodedata.category(c)[0] in "LMN" and not is_undrawn(c))
    return s.replace("rn", "m").replace("vv", "w")

def second_skeleton(s):
    return skeleton(decomposed(s.translate(LUNATE_SIGMAS)).translate(LATIN_CAPITALS))

def skeletons(*texts):
    return {made(s) for s in texts for made in (skeleton, second_skeleton)}

def check_xwing(key):
    pairs = [int.from_bytes(key[i:i + 3], "little") for i in range(0, 1152, 3)]
    need(all(n & 4095 < 3329 and n >> 12 < 3329 for n in pairs) and any(pairs), "3: ML-KEM part")
    u, z = int.from_bytes(key[1184:], "little"), 1
    need(u < P, "3: X25519 part")
    for _ in range(3):  # doubled three times a point of low order is at infinity
        u, z = (u * u - z * z)**2 % P, 4 * u * z * (u * u + 486662 * u * z + z * z) % P
    need(z, "3: X25519 part of low order")

def check_members(network_name, bodies):
    """Names, handles, addresses and X-Wing keys of the members of a network."""
    need(is_name(network_name), "4: name of the network")
    taken = {}
    for body in bodies:
        need(is_name(body[2]) and is_handle(body[3]), "4: name or handle")
        need(len(body[11]) <= 4 and all(map(is_address, body[11])), "4: addresses")
        check_xwing(body[5])
        check_xwing(body[9])
        mine = skeletons(body[2], body[3])
        need(not mine & set(taken), "4: a name or handle confusable with another's")
        taken |= dict.fromkeys(mine)
