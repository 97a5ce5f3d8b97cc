"""Opening: from settings to a Memory.

Floor 5. The only place that resolves which store and which models; each is imported when it is named.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from tacit.clock import new_id, system_clock
from tacit.errors import NotFound, SandboxError, TacitError
from tacit.logic.extractors import Extractor
from tacit.logic.namespaces import checked_namespace
from tacit.memory import Memory, Trying
from tacit.models.cached import CachedEmbedder
from tacit.models.open import OpenOptions, check_chat, installed_embedders, open_chat, open_embedder, open_reranker
from tacit.models.table import cache_folder
from tacit.operations import backup, embedding
from tacit.operations.doctor import Patient, doctor
from tacit.operations.recall import Models
from tacit.ports import Backend, ChatModel, Clock, Embedder, FileStore, Messenger, Sandbox, Scope
from tacit.results import Check, Checking
from tacit.sandboxes import available
from tacit.settings import Settings, load_settings

__all__ = ["IN_MEMORY", "examine", "open_chat_model", "open_memory", "open_models", "restore_backup"]

IN_MEMORY = ":memory:"
SESSIONS = "sessions"
"""Of the setting `reranker`."""


def open_memory(
    path: str | Path | None = None,
    *,
    source: str = "python",
    clock: Clock = system_clock,
    extractors: Sequence[Extractor] = (),
    chat: str | ChatModel | None = None,
    **flags: Any,
) -> Memory:
    """Open, or make, the memory in a file. `flags` are settings (namespace, embedder, ...), see `tacit.settings`.

    `extractors` are your own, beside the built-in ones: each says which patterns it sees in a finished episode. `chat`
    is the setting, or a chat model of your own: the loop may ask it for ideas, and nothing else does.

    Raises `ConfigurationError`, `ModelMismatch`, `StorageError`, `InvalidInput`.
    """
    model = chat if _is_model(chat) else None
    settings = load_settings(path=path, chat=chat if model is None else None, **flags)
    namespace = checked_namespace(settings.namespace)
    models = open_models(settings)
    trying = _trying(settings, _chat(settings) if model is None else lambda: model)
    backend, file = _open_store(settings, clock)
    scope = Scope(store=backend, namespace=namespace, clock=clock, new_id=new_id, source=source)
    try:
        return Memory(
            backend,
            scope,
            models,
            file=file,
            extractors=extractors,
            trying=trying,
            background=settings.worker,
        )
    except BaseException:
        backend.close()
        raise


def _is_model(chat: object) -> TypeGuard[ChatModel]:
    return callable(getattr(chat, "reply", None)) and isinstance(getattr(chat, "name", None), str)


def _chat(settings: Settings) -> Callable[[], ChatModel | None]:
    """-> what opens the chat model when somebody asks for it: until then its key may be missing. A name or a URL that
    is none is refused now."""
    check_chat(settings.chat, OpenOptions(url=settings.chat_url))
    return cache(lambda: open_chat_model(settings))


def _trying(settings: Settings, chat: Callable[[], ChatModel | None]) -> Trying:
    def sandbox() -> Sandbox:
        if settings.sandbox == "none":
            raise SandboxError(
                "no program is run for a trial", cause="the setting sandbox is none", remedy="set it to auto"
            )
        from tacit.sandboxes import open_sandbox

        return open_sandbox(settings.sandbox)

    reranker = "none" if settings.reranker == SESSIONS else settings.reranker
    return Trying(
        sandbox=sandbox,
        reranker=reranker,
        embedders=lambda: installed_embedders(settings.models),
        models=settings.models or cache_folder(),
        chat=chat,
        messengers=_messengers(settings),
    )


def _messengers(settings: Settings) -> Sequence[Messenger]:
    if not settings.notify:
        return ()
    from tacit.notices import open_messengers

    return open_messengers(settings.notify)


def open_models(settings: Settings) -> Models:
    """The embedder and the reranker that the settings name; a question asked twice is embedded once."""
    options = OpenOptions(url=settings.embedder_url, cache=settings.models)
    opened = open_embedder(settings.embedder, options)
    embedder = None if opened.embedder is None else CachedEmbedder(opened.embedder)
    reader = open_reranker("auto" if settings.reranker == SESSIONS else settings.reranker, options).reranker
    reranker = None if settings.reranker == SESSIONS else reader
    return Models(embedder=embedder, reranker=reranker, reader=reader, reason=opened.reason)


def open_chat_model(settings: Settings) -> ChatModel | None:
    """The chat model that the settings name; nothing is asked of it yet. Raises `ConfigurationError`."""
    return open_chat(settings.chat, OpenOptions(url=settings.chat_url)).model


def restore_backup(source: str | Path, target: str | Path, *, overwrite: bool = False) -> Path:
    """Put a verified backup in the place of a database that no process has open."""
    from tacit.stores.sqlite import in_use, verify_file

    return backup.restore(Path(source), Path(target), verify=verify_file, in_use=in_use, overwrite=overwrite)


def examine(
    path: str | Path | None = None, *, rows: bool = True, clock: Clock = system_clock, **flags: Any
) -> Iterator[Check | Checking]:
    """Look at everything that can go wrong with a memory: yields what each look found, and progress in between.

    Makes no file, changes nothing. `rows`: read and verify every page and row. Raises `ConfigurationError` where the
    settings cannot be read, `InvalidInput` for a malformed namespace; whatever else is wrong is a finding.
    """
    settings = load_settings(path=path, **flags)
    known: dict[str, Any] = {
        "path": None if str(settings.path) == IN_MEMORY else settings.path,
        "namespace": checked_namespace(settings.namespace),
        "clock": clock,
        "wanted": settings.embedder,
        "rows": rows,
        "sandboxes": available(),
    }
    try:
        found = open_chat(settings.chat, OpenOptions(url=settings.chat_url))
        known["chat"] = found.reason or f"{settings.chat} at {found.address}, asked by `tacit improve` alone"
    except TacitError as error:
        known["unusable_chat"] = error
    try:
        models = open_models(settings)
        known |= {"embedder": models.embedder, "words_only": models.reason}
    except TacitError as error:
        known["unloaded"] = error
    try:
        if known["path"] is not None and not settings.path.exists():
            raise NotFound(f"no memory at {settings.path}", cause="there is no such file", remedy="run `tacit init`")
        known["store"], known["file"] = _open_store(settings, clock)
    except TacitError as error:
        known["unopened"] = error
    try:
        if known.get("store") and known.get("embedder"):
            known |= _unfit(known["store"], known["namespace"], known["embedder"])
        yield from doctor(Patient(**known))
    finally:
        if known.get("store"):
            known["store"].close()


def _unfit(store: Backend, namespace: str, embedder: Embedder) -> dict[str, Any]:
    """Where an embedder is not the one of the database: that as a finding, and no embedder."""
    try:
        embedding.refuse_another(store, namespace, embedder)
    except TacitError as error:
        return {"unloaded": error, "embedder": None}
    return {}


def _open_store(settings: Settings, clock: Clock) -> tuple[Backend, FileStore | None]:
    if str(settings.path) == IN_MEMORY:
        from tacit.stores.memory import MemoryStore

        return MemoryStore(clock=clock), None
    from tacit.stores.sqlite import SqliteStore

    store = SqliteStore(settings.path, clock=clock)
    return store, store
