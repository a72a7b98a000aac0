"""Sections 1 and 2: canonical encoding, hashes, trees, signatures. Standard library only."""
import hashlib
from functools import lru_cache

class Refused(Exception):
    """What was read breaks the rule named; rules begin with the section they stand in."""

def need(holds, rule):
    if not holds:
        raise Refused(rule)

# ---- 1 canonical encoding

SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}

def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = next(size for size in (1, 2, 4, 8) if n < 1 << 8 * size)
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, "big")

def encode(v):
    if v is None or type(v) is bool:
        return bytes([{None: 0xF6, False: 0xF4, True: 0xF5}[v]])
    if type(v) is int:
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if type(v) is bytes:
        return head(2, len(v)) + v
    if type(v) is str:
        return head(3, len(v.encode())) + v.encode()
    return head(4, len(v)) + b"".join(map(encode, v))

def decode(data, items=65_536):
    left = items

    def value(at, depth):
        nonlocal left
        left -= 1
        need(left >= 0 and at < len(data), "1: too many items, or cut short")
        byte, at = data[at], at + 1
        major, n = byte >> 5, byte & 31
        if byte in SIMPLE:
            return SIMPLE[byte], at
        need(major < 5 and n < 28, "1: neither integer, string, array nor true, false, null")
        if n >= 24:
            size = 1 << n - 24
            need(at + size <= len(data), "1: cut short")
            n, at = int.from_bytes(data[at:at + size], "big"), at + size
            need(n >= (24 if size == 1 else 1 << 4 * size), "1: not minimal")
        if major < 2:
            need(n < 2**53 - major, "1: not a safe integer")
            return (-1 - n if major else n), at
        if major < 4:
            need(at + n <= len(data), "1: cut short")
            return (data[at:at + n] if major == 2 else data[at:at + n].decode("utf-8")), at + n
        need(n <= left and depth < 16, "1: too many items or too deep")
        out = []
        for _ in range(n):
            v, at = value(at, depth + 1)
            out.append(v)
        return out, at

    try:
        v, end = value(0, 0)
    except UnicodeDecodeError:
        raise Refused("1: invalid UTF-8") from None
    need(end == len(data), "1: trailing bytes")
    return v

UINT = range(2**53)
ONE = range(1, 2)

class Or(tuple):
    """Alternatives of a shape."""

def fits(v, shape):
    """Shapes: a type, a range, a length of bytes, None, Or of shapes, [shape of all items], (shapes of fields)."""
    if isinstance(shape, type):
        return type(v) is shape
    if shape is None:
        return v is None
    if isinstance(shape, range):
        return type(v) is int and v in shape
    if isinstance(shape, int):
        return type(v) is bytes and len(v) == shape
    if isinstance(shape, Or):
        return any(fits(v, s) for s in shape)
    if type(v) is not list:
        return False
    if isinstance(shape, list):
        return all(fits(x, shape[0]) for x in v)
    return len(v) == len(shape) and all(map(fits, v, shape))

def read(data, shape, what, items=65_536):
    v = decode(data, items)
    need(fits(v, shape), what + ": shape")
    return v

# ---- 2 hashes, trees, signatures

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def u32(n):
    return n.to_bytes(4, "big")

def u64(n):
    return n.to_bytes(8, "big")

def tagged(tag, *parts):
    name = b"tegata/1/" + tag.encode()
    return sha(bytes([len(name)]), name, *parts)

def merkle(leaves, path_of=None, path=None):
    """RFC 6962; siblings of the leaf `path_of` are appended to `path`, lowest first."""
    if len(leaves) < 2:
        return sha(b"\0", leaves[0]) if leaves else sha()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    inside = path_of is not None and path_of < cut
    left = merkle(leaves[:cut], path_of if inside else None, path)
    right = merkle(leaves[cut:], None if inside or path_of is None else path_of - cut, path)
    if path_of is not None:
        path.append(right if inside else left)
    return sha(b"\1", left, right)

def counted(tag, leaves):
    return tagged(tag, u64(len(leaves)), merkle(leaves))

def sign_bytes(tag, network, hash_, era=0):
    name = b"tegata/1/sign/" + tag.encode()
    return bytes([len(name)]) + name + network + u32(era) + hash_

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ZERO = (0, 1, 1, 0)
BASE = b"\x58" + b"\x66" * 31
counters = {"signatures": 0}

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & 2**255 - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    x = x if (v * x * x - u) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (v * x * x - u) % P == 0 and (x or not sign), "2: no canonical point")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

def is_zero(p):
    return p[0] == 0 and p[1] == p[2]

def is_small(p):
    for _ in range(3):
        p = add(p, p)
    return is_zero(p)

@lru_cache(512)
def multiples(raw):
    """All n * 16^i * point for n < 16, i < 64, of a point that is not of small order."""
    p, rows = point(raw), []
    need(not is_small(p), "2: small order")
    for _ in range(64):
        row = [ZERO]
        for _ in range(16):
            row.append(add(row[-1], p))
        p = row.pop()
        rows.append(row)
    return rows

def times(raw, n):
    out = ZERO
    for i, row in enumerate(multiples(raw)):
        out = add(out, row[n >> 4 * i & 15])
    return out

def signed(key, signature, message, rule):
    """Strict cofactorless Ed25519."""
    counters["signatures"] += 1
    s = int.from_bytes(signature[32:], "little")
    need(len(signature) == 64 and s < L, rule + ": S of the signature")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, t = times(key, k)
    x, y, z, t = r = add(times(BASE, s), (-x % P, y, z, -t % P))
    inverse = pow(z, -1, P)
    encoded = (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")
    need(encoded == signature[:32] and not is_small(r), rule + ": signature")
