"""Section 3: seals (HPKE with X-Wing) and AES-256-GCM, for reading vectors: slow, not constant in time."""
import hashlib, hmac
from verify import P, need

def mac(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")

def expand(key, info, length=32):
    """HKDF-Expand (RFC 5869)."""
    out = block = b""
    for i in range(1, -(-length // 32) + 1):
        block = mac(key, block, info, bytes([i]))
        out += block
    return out[:length]

def xtime(b):
    return b << 1 ^ (0x11B if b & 128 else 0)

def make_sbox():
    box, p, q = [0x63] * 256, 1, 1
    for _ in range(255):
        p ^= xtime(p)
        q ^= q << 1
        q ^= q << 2
        q = (q ^ q << 4) & 255
        q ^= 9 if q & 128 else 0
        box[p] = q ^ 0x63
        for turn in range(1, 5):
            box[p] ^= (q << turn | q >> 8 - turn) & 255
    return box

SBOX = make_sbox()

def round_keys(key):
    words, constant = [key[i:i + 4] for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = words[-1]
        if i % 4 == 0:
            word = bytes(SBOX[b] for b in (word[1:] + word[:1] if i % 8 == 0 else word))
        if i % 8 == 0:
            word, constant = bytes([word[0] ^ constant]) + word[1:], xtime(constant)
        words.append(bytes(a ^ b for a, b in zip(word, words[-8])))
    return [b"".join(words[i:i + 4]) for i in range(0, 60, 4)]

def encrypt_block(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < len(keys) - 1:
            mixed = []
            for c in range(0, 16, 4):
                column = state[c:c + 4]
                total = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ total ^ xtime(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, key)]
    return bytes(state)

def ghash(h, data):
    h, out = int.from_bytes(h, "big"), 0
    for i in range(0, len(data), 16):
        x, out, v = out ^ int.from_bytes(data[i:i + 16], "big"), 0, h
        for bit in range(127, -1, -1):
            out ^= v if x >> bit & 1 else 0
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    return out.to_bytes(16, "big")

def gcm_open(key, nonce, data, aad):
    """Plaintext of ciphertext and tag (NIST SP 800-38D, nonces of 12 bytes)."""
    keys, text = round_keys(key), data[:-16]
    counters = range(1, 2 + -(-len(text) // 16))
    stream = b"".join(encrypt_block(keys, nonce + i.to_bytes(4, "big")) for i in counters)
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, text))
    sizes = (8 * len(aad)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big")
    tag = ghash(encrypt_block(keys, bytes(16)), padded + sizes)
    need(bytes(a ^ b for a, b in zip(tag, stream)) == data[-16:], "AES-256-GCM: tag")
    return bytes(a ^ b for a, b in zip(text, stream[16:]))

# ---- ML-KEM-768 (FIPS 203): key generation and decryption; who opens a seal leaves the rejection to the AEAD

Q = 3329
ZETAS = [pow(17, int(f"{i:07b}"[::-1], 2), Q) for i in range(128)]

def ntt(f):
    f, k, size = list(f), 1, 128
    while size >= 2:
        for start in range(0, 256, 2 * size):
            for j in range(start, start + size):
                t = ZETAS[k] * f[j + size]
                f[j], f[j + size] = (f[j] + t) % Q, (f[j] - t) % Q
            k += 1
        size //= 2
    return f

def inverse_ntt(f):
    f, k, size = list(f), 127, 2
    while size <= 128:
        for start in range(0, 256, 2 * size):
            for j in range(start, start + size):
                f[j], f[j + size] = (f[j] + f[j + size]) % Q, ZETAS[k] * (f[j + size] - f[j]) % Q
            k -= 1
        size *= 2
    return [x * 3303 % Q for x in f]

def inner(fs, gs):
    """Sum of the products of two vectors of transformed polynomials."""
    out = [0] * 256
    for f, g in zip(fs, gs):
        for i in range(128):
            a, b, c, d = *f[2 * i:2 * i + 2], *g[2 * i:2 * i + 2]
            out[2 * i] += a * c + b * d * ZETAS[64 + i // 2] * (-1) ** i
            out[2 * i + 1] += a * d + b * c
    return [x % Q for x in out]

def unpack(data, bits):
    n = int.from_bytes(data, "little")
    return [n >> bits * i & (1 << bits) - 1 for i in range(256)]

def pack(f, bits):
    return sum(x << bits * i for i, x in enumerate(f)).to_bytes(32 * bits, "little")

def uniform(seed):
    data = hashlib.shake_128(seed).digest(1344)
    pairs = [int.from_bytes(data[i:i + 3], "little") for i in range(0, len(data), 3)]
    return [x for n in pairs for x in (n & 4095, n >> 12) if x < Q][:256]

def small(seed, number):
    nibbles = unpack(hashlib.shake_256(seed + bytes([number])).digest(128), 4)
    return ntt([(x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3) for x in nibbles])

def mlkem_keys(d):
    """Public key and transformed secret."""
    hashed = hashlib.sha3_512(d + b"\3").digest()
    rho, sigma = hashed[:32], hashed[32:]
    s, e = [small(sigma, i) for i in range(3)], [small(sigma, i) for i in range(3, 6)]
    rows = [[uniform(rho + bytes([j, i])) for j in range(3)] for i in range(3)]
    t = [[(x + y) % Q for x, y in zip(inner(row, s), noise)] for row, noise in zip(rows, e)]
    return b"".join(pack(f, 12) for f in t) + rho, s

def mlkem_open(public, s, data):
    """Shared secret of an honest ciphertext."""
    spread = lambda part, bits: [(x * Q + (1 << bits - 1)) >> bits for x in unpack(part, bits)]
    u = [ntt(spread(data[i:i + 320], 10)) for i in (0, 320, 640)]
    w = [(x - y) % Q for x, y in zip(spread(data[960:], 4), inverse_ntt(inner(s, u)))]
    message = pack([(2 * x + Q // 2) // Q & 1 for x in w], 1)
    return hashlib.sha3_512(message + hashlib.sha3_256(public).digest()).digest()[:32]

# ---- X25519 (RFC 7748), X-Wing, HPKE (RFC 9180)

def x25519(scalar, point):
    n = int.from_bytes(scalar, "little") & 2**254 - 8 | 2**254
    x1 = int.from_bytes(point, "little") & 2**255 - 1
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in range(254, -1, -1):
        if n >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, (x3 - z3) * (x2 + z2), (x3 + z3) * (x2 - z2)
        e = a * a - b * b
        x2, z2, x3, z3 = a * a * b * b % P, e * (a * a + 121665 * e) % P, (c + d)**2 % P, x1 * (c - d)**2 % P
        if n >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, -1, P) % P).to_bytes(32, "little")

def xwing_keys(seed):
    """Public key, and what opens a ciphertext."""
    secret = hashlib.shake_256(seed).digest(96)
    public, s = mlkem_keys(secret[:32])
    return public + x25519(secret[64:], b"\x09" + bytes(31)), (s, secret[64:])

def xwing_open(seed, data):
    public, (s, scalar) = xwing_keys(seed)
    parts = mlkem_open(public[:1184], s, data[:1088]), x25519(scalar, data[1088:]), data[1088:], public[1184:]
    return hashlib.sha3_256(b"".join(parts) + b"\\.//^\\").digest()

def seal_open(seed, info, sealed):
    """Plaintext of a seal to the X-Wing key of this seed."""
    suite = b"HPKE\x64\x7a\0\1\0\2"
    extract = lambda salt, label, value: mac(salt or bytes(32), b"HPKE-v1", suite, label, value)
    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(xwing_open(seed, sealed[:1120]), b"secret", b"")
    derive = lambda label, n: expand(secret, n.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context, n)
    return gcm_open(derive(b"key", 32), derive(b"base_nonce", 12), sealed[1120:], b"")
