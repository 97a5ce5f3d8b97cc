"""Policies: which one answers, and how one is made. A pointer and immutable rows.

Floor 4. Below: the store. Above: memory asks at every recall; the loop moves the pointer.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from tacit.errors import InvalidInput
from tacit.improvement import POLICIES, STANDING, PolicyRow, Standing
from tacit.logic.improving.shelf import one_row
from tacit.policy import Policy
from tacit.ports import Scope

__all__ = ["Policies", "dialled"]

SHIPPED = ""


class Policies:
    """The policies of a namespace. Rows never change, so each is read once; the pointer is read every time."""

    def __init__(self, scope: Scope, shipped: Policy) -> None:
        self._scope = scope
        self._known = {SHIPPED: shipped}
        self._shipped = shipped

    @property
    def shipped(self) -> Policy:
        """The one that this version of tacit came with, or that was handed in."""
        return self._shipped

    def standing(self) -> Standing:
        """The pointer."""
        value = self._scope.store.records(self._scope.namespace).note(STANDING)
        return Standing() if value is None else msgspec.convert(value, Standing)

    def answering(self, recall: str, standing: Standing) -> str:
        """Id of the policy that answers this recall: the candidate's share of them is drawn by the recall's id."""
        if standing.candidate and drawn(recall) < standing.share:
            return standing.candidate
        return standing.policy

    def row(self, id: str) -> PolicyRow:
        """What a policy differs in from the shipped one; of one that is gone, nothing."""
        return (one_row(self._scope, POLICIES, PolicyRow, id) if id else None) or PolicyRow(id=SHIPPED)

    def policy(self, id: str) -> Policy:
        """The policy of a row. Dials that this version does not know are left out."""
        if id not in self._known:
            known = {name: value for name, value in self.row(id).dials.items() if name in Policy.__struct_fields__}
            self._known[id] = dialled(self._shipped, known)
        return self._known[id]


def dialled(policy: Policy, dials: Mapping[str, Any]) -> Policy:
    """The policy with some dials turned. Raises `InvalidInput` for a dial that there is none of, or a wrong value."""
    unknown = sorted(set(dials) - set(Policy.__struct_fields__))
    if unknown:
        raise InvalidInput(f"no dial {ascii(unknown[0])[:80]}", cause="a policy has none", remedy="see tacit.policy")
    wrong = [one for one in dials if isinstance(dials[one], int | float) and not 0 <= dials[one] < float("inf")]
    if wrong:
        cause = f"{wrong[0]} = {dials[wrong[0]]}"
        raise InvalidInput("a dial cannot be turned there", cause=cause[:200], remedy="pass a number from 0 on")
    try:
        return msgspec.convert({**msgspec.structs.asdict(policy), **dials}, Policy)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            "a dial cannot be turned there", cause=str(error)[:200], remedy="pass a value of its kind"
        ) from error


def drawn(recall: str) -> float:
    """In [0, 1), from the id alone: whoever looks at the log can draw again."""
    return int.from_bytes(blake2b(f"policy {recall}".encode(), digest_size=6).digest()) / 2**48
