"""Which drawings train, which validate and which test: a fixed hash of each drawing decides, for ever."""

import numpy as np
import numpy.typing as npt

TRAIN, VALIDATION, TEST = 0, 1, 2
SALT = 232  # of 0 to 399, the one that gave categories of 40 and 55 drawings a tenth of them in test


def split_of(bitmaps: np.ndarray) -> np.ndarray:
    """(N, 28, 28) uint8 -> (N,) uint8: eight drawings of ten to TRAIN, one to VALIDATION, one to TEST.

    The split is a fixed hash of a drawing's 784 bytes, and of nothing else: a drawing stays where it is when others
    join, and equal drawings are never on two sides. The hash: the bytes as 98 little-endian uint64, times fixed odd
    numbers, summed modulo 2**64 and mixed by SplitMix64's finaliser. Its remainder by 10 decides.
    """
    words = np.ascontiguousarray(bitmaps).reshape(len(bitmaps), 784).view("<u8")  # (N, 98)
    steps = np.arange(1, 99, dtype=np.uint64) + np.uint64(98 * SALT)
    odd = _mix(steps * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)  # SplitMix64's sequence, made odd
    split: np.ndarray = np.array([TRAIN] * 8 + [VALIDATION, TEST], np.uint8)[_mix(words @ odd) % np.uint64(10)]
    return split


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
