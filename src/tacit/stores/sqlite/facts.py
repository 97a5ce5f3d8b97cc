"""What a database file and its engine say of themselves, for `tacit doctor`.

Floor 3. Below: connection, statements. Above: the store. Nothing is changed by asking.
"""

from importlib.util import find_spec
from pathlib import Path

import apsw
import msgspec

from tacit.changes import FileFacts
from tacit.stores.sqlite.statements import fetch_one
from tacit.stores.sqlite.tuning import tuned

__all__ = ["file_facts"]


def file_facts(connection: apsw.Connection, path: Path, *, page_checksums: bool) -> FileFacts:
    """Ask the engine, the file and its companions. `connection` is one that `connect` has set up."""
    ballast = path.with_name(path.name + ".ballast")
    return FileFacts(
        sqlite=apsw.sqlite_lib_version(),
        journal_mode=str(fetch_one(connection, "PRAGMA journal_mode")[0]),
        synchronous=int(fetch_one(connection, "PRAGMA synchronous")[0]),
        page_checksums=page_checksums,
        ballast=ballast.stat().st_size if ballast.is_file() else 0,
        tuned=tuned(connection),
        index=_index(connection, path.with_name(path.name + ".index")),
    )


def _index(connection: apsw.Connection, folder: Path) -> str:
    """In words: how many vectors there are, and how far the saved indexes are behind them."""
    kind = "approximate, then exact" if find_spec("turbovec") else "exact"
    (vectors,) = fetch_one(connection, "SELECT count(*) FROM vectors")
    saved = {path.stem: _last(path) for path in folder.glob("*.json")} if folder.is_dir() else {}
    behind = 0
    for model, last in saved.items():
        if model.isdigit():
            query = "SELECT count(*) FROM vectors WHERE model = ? AND added > ?"
            behind += int(fetch_one(connection, query, (int(model), last))[0])
    words = f"{kind} over {vectors:,} vectors; made from the rows when it is first asked"
    if saved:
        words = f"{kind} over {vectors:,} vectors; {len(saved)} saved, {behind:,} vectors behind"
    return words


def _last(manifest: Path) -> int:
    """`vectors.added` of the last row in a saved index; 0 where its manifest cannot be read: it is made anew then."""
    try:
        return int(msgspec.json.decode(manifest.read_bytes())["last"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return 0
