"""Vectors at the door of a store: finite, of unit length, of one dimension a model.

Floor 2. Below: nothing. Above: stores check what they are given with these.
"""

import numpy as np

from tacit.errors import InvalidInput

__all__ = ["checked_question", "checked_rows"]

TOLERANCE = 1e-3
"""How far from 1 a length may be: models that compute in half precision are not exact."""


def checked_rows(matrix: np.ndarray, rows: int, dimension: int | None) -> np.ndarray:
    """The matrix as float32, (rows, dimension); None: any dimension. Raises `InvalidInput`."""
    given = np.asarray(matrix)
    if given.ndim != 2 or len(given) != rows or given.dtype.kind != "f":
        raise _refused(f"a matrix of shape {given.shape} and type {given.dtype} for {rows} passages")
    if rows and dimension not in (None, given.shape[1]):
        raise _refused(f"{given.shape[1]} dimensions where this model has {dimension}")
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(given.astype(np.float64), axis=1)
    if not np.isfinite(lengths).all() or bool((np.abs(lengths - 1) > TOLERANCE).any()):
        raise _refused("a row is not finite, or not of unit length")
    return given.astype(np.float32)


def checked_question(vector: np.ndarray, dimension: int | None) -> np.ndarray:
    """The vector of a question as float32, (dimension,). Raises `InvalidInput`."""
    given = np.asarray(vector)
    if given.ndim != 1:
        raise _refused(f"a question of shape {given.shape}")
    return np.asarray(checked_rows(given[None, :], 1, dimension)[0])


def _refused(cause: str) -> InvalidInput:
    return InvalidInput(
        "these vectors cannot be used", cause=cause, remedy="pass finite float32 rows of unit length, one a passage"
    )
