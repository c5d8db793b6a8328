"""Counter-based standard normals: the q-th number of a stream depends on the key and q alone.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC'11) gives four 32-bit words for a 64-bit key and a
counter; they make two uniforms, which the Box-Muller transform turns into two normals.  Any stretch
of a stream can be drawn by any thread in any order.  Logarithm and sine are evaluated by
polynomials in straight-line code, which the compiler vectorises, and which gives the same bits on
every machine with IEEE arithmetic.
"""

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_PAIRS = 512

_FRACTION = np.uint64(0x000FFFFFFFFFFFFF)
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10
_TWO_PI = 6.283185307179586


@_jit
def philox(counter, key0, key1):
    """Return the four words of Philox4x32-10 at a 64-bit counter.

    Words are cut to 32 bits only for the multiplications, which lets the compiler choose the short
    multiplication; higher bits never enter the result.
    """
    c0 = counter
    c1 = counter >> _HALF
    c2 = np.uint64(0)
    c3 = np.uint64(0)
    for _ in range(10):
        low = _M0 * (c0 & _MASK)
        high = _M1 * (c2 & _MASK)
        c0 = (high >> _HALF) ^ c1 ^ key0
        c1 = high
        c2 = (low >> _HALF) ^ c3 ^ key1
        c3 = low
        key0 += _W0
        key1 += _W1
    return c0 & _MASK, c1 & _MASK, c2 & _MASK, c3 & _MASK


@_inline
def _uniforms(counter, key0, key1, uniform, turn):
    """Fill two arrays with uniforms in (0, 1) and in [0, 1) at consecutive counters."""
    for i in range(uniform.size):
        w0, w1, w2, w3 = philox(counter + np.uint64(i), key0, key1)
        high = (w1 << np.uint64(20)) | (w0 >> np.uint64(12))
        uniform[i] = (np.float64(np.int64(high)) + 0.5) * 2.0**-52
        high = (w3 << np.uint64(21)) | (w2 >> np.uint64(11))
        turn[i] = np.float64(np.int64(high)) * 2.0**-53


@_jit
def _minus_two_log(u):
    """Return -2 ln(u) for a double in (0, 1)."""
    bits = np.float64(u).view(np.uint64)
    shift = (bits - _SQRT_HALF_BITS) & ~_FRACTION
    f = np.uint64(bits - shift).view(np.float64)
    exponent = np.float64(np.int64(shift) >> 52)
    s = (f - 1.0) / (f + 1.0)
    z = s * s
    series = 1.0 / 21.0
    series = series * z + 1.0 / 19.0
    series = series * z + 1.0 / 17.0
    series = series * z + 1.0 / 15.0
    series = series * z + 1.0 / 13.0
    series = series * z + 1.0 / 11.0
    series = series * z + 1.0 / 9.0
    series = series * z + 1.0 / 7.0
    series = series * z + 1.0 / 5.0
    series = series * z + 1.0 / 3.0
    log = 2.0 * s + 2.0 * s * z * series
    return -2.0 * (exponent * _LN2_HIGH + (exponent * _LN2_LOW + log))


@_jit
def _cosine_and_sine(turn):
    """Return cos and sin of 2 pi ``turn`` for 0 <= turn < 1."""
    quadrant = np.floor(4.0 * turn + 0.5)
    angle = _TWO_PI * (turn - 0.25 * quadrant)
    z = angle * angle
    s = -1.0 / 1307674368000.0
    s = s * z + 1.0 / 6227020800.0
    s = s * z - 1.0 / 39916800.0
    s = s * z + 1.0 / 362880.0
    s = s * z - 1.0 / 5040.0
    s = s * z + 1.0 / 120.0
    s = s * z - 1.0 / 6.0
    sine = angle + angle * z * s
    c = 1.0 / 20922789888000.0
    c = c * z - 1.0 / 87178291200.0
    c = c * z + 1.0 / 479001600.0
    c = c * z - 1.0 / 3628800.0
    c = c * z + 1.0 / 40320.0
    c = c * z - 1.0 / 720.0
    c = c * z + 1.0 / 24.0
    c = c * z - 0.5
    cosine = 1.0 + z * c
    q = np.int64(quadrant)
    swap = (q & 1) == 1
    a = sine if swap else cosine
    b = cosine if swap else sine
    return (-a if ((q + 1) & 2) == 2 else a), (-b if (q & 2) == 2 else b)


@_inline
def _box_muller(uniform, turn, out):
    """Write the two normals of each pair of uniforms, one after the other."""
    for i in range(uniform.size):
        radius = np.sqrt(_minus_two_log(uniform[i]))
        cosine, sine = _cosine_and_sine(turn[i])
        out[2 * i] = radius * cosine
        out[2 * i + 1] = radius * sine


@_jit
def fill_normals(key, first, out):
    """Fill ``out`` with the standard normals of a stream from position ``first`` on.

    Parameters
    ----------
    key : (2,) uint64
        The stream, two numbers below 2^32.
    first : int
        Position of the first normal in the stream, at least 0.
    out : (count,) float64
        Receives the normals.
    """
    uniform = np.empty(_PAIRS)
    turn = np.empty(_PAIRS)
    ends = np.empty(2 * _PAIRS)
    begin = -(first & 1)
    while begin < out.size:
        pairs = min(_PAIRS, (out.size - begin + 1) // 2)
        end = begin + 2 * pairs
        u = uniform[:pairs]
        t = turn[:pairs]
        _uniforms(np.uint64((first + begin) >> 1), key[0], key[1], u, t)
        if begin >= 0 and end <= out.size:
            _box_muller(u, t, out[begin:end])
        else:
            _box_muller(u, t, ends)
            for place in range(max(begin, 0), min(end, out.size)):
                out[place] = ends[place - begin]
        begin = end
