"""What every index asks of ids and vectors before it touches anything.

Floor 3. Below: the errors. Above: the kinds of index.
"""

import numpy as np

from tacit.errors import InvalidInput

__all__ = ["checked_ids", "checked_question", "checked_rows"]

LARGEST = 1e6
"""Unit vectors stay far below; sums of squares over this overflow in some kind of index."""


def checked_rows(ids: np.ndarray, vectors: np.ndarray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """-> int64 (n,), each id once, where it came last; float32 (n, dimension), contiguous. Raises `InvalidInput`."""
    ids, vectors = checked_ids(ids), np.ascontiguousarray(vectors, np.float32)
    if vectors.shape != (len(ids), dimension):
        raise _invalid(f"{vectors.shape} numbers for {len(ids)} ids", f"they must be ({len(ids)}, {dimension})")
    if not _are_numbers(vectors):
        raise _invalid("a vector that is not of unit length", f"it holds NaN or numbers over {LARGEST:g}")
    if len(ids) > 1 and len(np.unique(ids)) < len(ids):
        last = {key: row for row, key in enumerate(ids.tolist())}
        kept = np.fromiter(last.values(), np.int64, len(last))
        ids, vectors = ids[kept], vectors[kept]
    return ids, vectors


def checked_ids(ids: np.ndarray) -> np.ndarray:
    """-> int64 (n,), contiguous. Raises `InvalidInput`."""
    given = np.asarray(ids)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise _invalid(f"ids of shape {given.shape} and type {given.dtype}", "they must be integers, (n,)")
    return np.ascontiguousarray(given, np.int64)


def checked_question(vector: np.ndarray, k: int, dimension: int) -> np.ndarray:
    """-> float32 (dimension,), contiguous. Raises `InvalidInput`."""
    vector = np.ascontiguousarray(vector, np.float32)
    if vector.shape != (dimension,) or not _are_numbers(vector):
        raise _invalid(f"a question of shape {vector.shape}", f"it must be ({dimension},) finite numbers")
    if k < 1:
        raise _invalid(f"{k} candidates", "at least one must be asked for")
    return vector


def _are_numbers(values: np.ndarray) -> bool:
    return bool((np.abs(values) <= LARGEST).all())


def _invalid(what: str, cause: str) -> InvalidInput:
    return InvalidInput(
        f"the vector index was given {what}", cause=cause, remedy="pass unit vectors of the model that the index is of"
    )
