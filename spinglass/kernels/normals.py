"""Counter-based standard normals: the q-th number of a stream depends on the key and q alone.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC'11) gives four 32-bit words for a 64-bit key and a
counter; they make two uniforms, and Box and Muller's transform makes of these two normals.  Any
stretch of a stream can be drawn by any thread in any order.  Logarithm and sine are evaluated by
polynomials in straight-line code, which the compiler vectorises, and which gives the same bits on
every machine with IEEE arithmetic.
"""

import numpy as np
from numba import njit

_jit = njit(nogil=True, cache=True, error_model="numpy")

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_PAIRS = 512

_FRACTION = np.uint64(0x000FFFFFFFFFFFFF)
_ONE = np.uint64(0x3FF0000000000000)
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10
_TWO_PI = 6.283185307179586


@_jit
def philox(counter, key, c0, c1, c2, c3):
    """Fill four arrays with the words of Philox4x32-10 at consecutive 64-bit counters.

    One round over all counters at a time: the inner loop is straight-line and vectorises.
    """
    for i in range(c0.size):
        c0[i] = (counter + np.uint64(i)) & _MASK
        c1[i] = (counter + np.uint64(i)) >> _HALF
        c2[i] = 0
        c3[i] = 0
    key0 = key[0]
    key1 = key[1]
    for _ in range(10):
        for i in range(c0.size):
            low = _M0 * c0[i]
            high = _M1 * c2[i]
            c0[i] = (high >> _HALF) ^ c1[i] ^ key0
            c1[i] = high & _MASK
            c2[i] = (low >> _HALF) ^ c3[i] ^ key1
            c3[i] = low & _MASK
        key0 = (key0 + _W0) & _MASK
        key1 = (key1 + _W1) & _MASK


@_jit
def _minus_two_log(bits, mantissa, exponent, out):
    """Write -2 ln(u) for doubles u in (0, 1) given by their bits."""
    for i in range(out.size):
        shift = (bits[i] - _SQRT_HALF_BITS) & ~_FRACTION
        mantissa[i] = bits[i] - shift
        exponent[i] = np.float64(np.int64(shift) >> 52)
    f = mantissa.view(np.float64)
    for i in range(out.size):
        s = (f[i] - 1.0) / (f[i] + 1.0)
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
        out[i] = -2.0 * (exponent[i] * _LN2_HIGH + (exponent[i] * _LN2_LOW + log))


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


@_jit
def fill_normals(key, first, out):
    """Fill ``out`` with the standard normals number ``first``, ``first + 1``, ... of a stream.

    Parameters
    ----------
    key : (2,) uint64
        The stream, two numbers below 2^32.
    first : int
        Position of the first normal in the stream, at least 0.
    out : (count,) float64
        Receives the normals.
    """
    w0 = np.empty(_PAIRS, np.uint64)
    w1 = np.empty(_PAIRS, np.uint64)
    w2 = np.empty(_PAIRS, np.uint64)
    w3 = np.empty(_PAIRS, np.uint64)
    bits = np.empty(_PAIRS, np.uint64)
    mantissa = np.empty(_PAIRS, np.uint64)
    exponent = np.empty(_PAIRS)
    turn = np.empty(_PAIRS)
    square = np.empty(_PAIRS)
    even = np.empty(_PAIRS)
    odd = np.empty(_PAIRS)
    uniform = bits.view(np.float64)
    done = 0
    while done < out.size:
        philox(np.uint64((first + done) >> 1), key, w0, w1, w2, w3)
        for i in range(_PAIRS):
            high = (w1[i] << np.uint64(20)) | (w0[i] >> np.uint64(12))
            uniform[i] = (np.float64(np.int64(high)) + 0.5) * 2.0**-52
            high = (w3[i] << np.uint64(21)) | (w2[i] >> np.uint64(11))
            turn[i] = np.float64(np.int64(high)) * 2.0**-53
        _minus_two_log(bits, mantissa, exponent, square)
        for i in range(_PAIRS):
            radius = np.sqrt(square[i])
            cosine, sine = _cosine_and_sine(turn[i])
            even[i] = radius * cosine
            odd[i] = radius * sine
        skip = (first + done) & 1
        if skip:
            out[done] = odd[0]
            done += 1
        whole = min(_PAIRS - skip, (out.size - done) // 2)
        for i in range(whole):
            out[done + 2 * i] = even[i + skip]
            out[done + 2 * i + 1] = odd[i + skip]
        done += 2 * whole
        if whole + skip < _PAIRS and done < out.size:
            out[done] = even[whole + skip]
            done += 1
