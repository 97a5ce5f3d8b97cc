"""Rows <-> nouns, each with its checksum: what does not check out is raised, never returned.

Floor 3. Below: the nouns. Above: the other files of this folder.

An item has two checksums, one over its light columns and one over its payload, so that candidates of a recall are
verified without reading their payloads. Both cover sequence and namespace: a row that turns up elsewhere is found out.
"""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec
import numpy as np

from tacit.errors import InvalidInput
from tacit.types import Item, Payload

__all__ = [
    "COLUMNS",
    "LIGHT",
    "ChecksumError",
    "body_of",
    "item_of_row",
    "packed",
    "row_of_item",
    "unpacked",
    "vector_blob",
]

LIGHT = (
    "sequence, namespace, id, kind, key, type, author, session, domain, language, source, trust, tags, metadata, "
    "derived_from, context, created_at, valid_from, valid_to, superseded_by, revision, text, checksum"
)
COLUMNS = f"{LIGHT}, payload_checksum, payload"
CHECKSUM = 22
"""Place of the checksum among the columns."""

_json_of = msgspec.json.Encoder().encode
_payload = msgspec.json.Decoder(Payload)
_texts = msgspec.json.Decoder(tuple[str, ...])
_metadata = msgspec.json.Decoder(dict[str, str | int | float | bool | None])


def _encode(value: object) -> bytes:
    """As JSON. Raises `InvalidInput` for what JSON cannot say."""
    try:
        return _json_of(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            "this cannot be kept", cause=str(error)[:300], remedy="pass values that JSON knows"
        ) from error


class ChecksumError(msgspec.DecodeError):
    """A row is not what was written."""


def row_of_item(item: Item, namespace: int) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    light = (
        item.sequence,
        namespace,
        item.id,
        item.kind,
        item.key,
        item.type,
        item.author,
        item.session,
        item.domain,
        item.language,
        item.source,
        item.trust,
        _json(item.tags),
        _json(item.metadata),
        _json(item.derived_from),
        _json(item.context),
        item.created_at,
        item.valid_from,
        item.valid_to,
        item.superseded_by,
        item.revision,
        item.text,
    )
    payload = _encode(item.payload)
    return (*light, crc32(_encode(light)), _body_checksum(payload, item.sequence, namespace), payload)


def item_of_row(row: Sequence[Any]) -> Item:
    """The item of a row of `LIGHT` or `COLUMNS`. Raises `ChecksumError`."""
    if crc32(_encode(row[:CHECKSUM])) != row[CHECKSUM]:
        raise ChecksumError(f"the row of item {row[0]} does not fit its checksum")
    payload = None
    if len(row) > CHECKSUM + 1:
        if _body_checksum(row[CHECKSUM + 2], row[0], row[1]) != row[CHECKSUM + 1]:
            raise ChecksumError(f"the payload of item {row[0]} does not fit its checksum")
        payload = _payload.decode(row[CHECKSUM + 2])
    return Item(
        sequence=row[0],
        id=row[2],
        kind=row[3],
        key=row[4],
        type=row[5],
        author=row[6],
        session=row[7],
        domain=row[8],
        language=row[9],
        source=row[10],
        trust=row[11],
        tags=_texts.decode(row[12]) if row[12] else (),
        metadata=_metadata.decode(row[13]) if row[13] else {},
        derived_from=_texts.decode(row[14]) if row[14] else (),
        context=_texts.decode(row[15]) if row[15] else (),
        created_at=row[16],
        valid_from=row[17],
        valid_to=row[18],
        superseded_by=row[19],
        revision=row[20],
        text=row[21],
        payload=payload,
    )


def body_of(value: Any, *place: object) -> tuple[int, bytes]:
    """(checksum, JSON) of what is kept beside the items; `place` says where the row belongs."""
    body = _encode(value)
    return _body_checksum(body, *place), body


def unpacked(checksum: int, body: bytes, decoder: "msgspec.json.Decoder[Any]", *place: object) -> Any:
    """The value of a body. Raises `ChecksumError`."""
    if _body_checksum(body, *place) != checksum:
        raise ChecksumError(f"the row of {place[-1]} does not fit its checksum")
    return decoder.decode(body)


def vector_blob(vector: np.ndarray, model: int, passage: int) -> tuple[int, bytes]:
    """(checksum, bytes) of a vector, in half precision: cosines move by 1e-4 at most, the file is half as large."""
    blob = vector.astype("<f2").tobytes()
    return _crc(blob, b"(%d, %d)" % (model, passage)), blob


def packed(rows: Sequence[tuple[int, int, bytes]], model: int, dimension: int) -> np.ndarray:
    """float32, (len(rows), dimension), of rows (passage, checksum, blob). Raises `ChecksumError`."""
    size = 2 * dimension
    for passage, checksum, blob in rows:  # without a call: a recall verifies 300
        place = b"(%d, %d)" % (model, passage)
        if type(blob) is not bytes or len(blob) != size or crc32(blob, crc32(place)) != checksum:
            raise ChecksumError(f"the vector of passage {passage} does not fit its checksum")
    joined = b"".join([blob for _, _, blob in rows])
    return np.frombuffer(joined, dtype="<f2").reshape(len(rows), dimension).astype(np.float32)


def _json(value: object) -> str | None:
    return _encode(value).decode() if value else None


def _body_checksum(body: bytes, *place: object) -> int:
    return _crc(body, repr(place).encode())


def _crc(body: object, place: bytes) -> int:
    """Of bytes at their place. A page that took the place of another one may hold text, or nothing, instead."""
    if not isinstance(body, bytes):
        raise ChecksumError(f"a row of {place.decode()} holds {type(body).__name__} where bytes were written")
    return crc32(body, crc32(place))
