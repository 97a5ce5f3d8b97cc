"""Names -> models: the one place that knows which class a name such as `onnx:bge-small-en-v1.5-int8` stands for.

Floor 3. Below: every implementation, imported only when it is named. Above: `memory` and the doors. Opening reads files
of the cache folder at most; it loads no weights, downloads nothing and asks no endpoint.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tacit.errors import ConfigurationError, MissingExtra
from tacit.models.addresses import checked_base
from tacit.models.located import locate
from tacit.models.providers import CHAT_KEY, CHAT_PROVIDERS, ChatProvider
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER, EndpointModel, Weights, cache_folder, read_table
from tacit.ports import ChatModel, Embedder, Reranker

__all__ = [
    "OpenOptions",
    "Opened",
    "OpenedChat",
    "OpenedReranker",
    "check_chat",
    "installed_embedders",
    "open_chat",
    "open_embedder",
    "open_reranker",
]


class Provider(NamedTuple):
    """What stands behind a scheme."""

    module: str
    attribute: str
    packages: tuple[str, ...]
    """What must be installed."""
    form: str
    """How a name of it looks."""


OPENAI_ADDRESS = "https://api.openai.com/"
"""The only place that OPENAI_API_KEY is sent to: a base URL in a project's file must not be able to collect it."""

EMBEDDERS = {
    "onnx": Provider("tacit.models.onnx", "OnnxEmbedder", ("onnxruntime", "tokenizers"), f"onnx:{DEFAULT_EMBEDDER}"),
    "hashing": Provider("tacit.models.hashing", "HashingEmbedder", (), "hashing:384"),
    "openai": Provider("tacit.models.endpoint", "EndpointEmbedder", (), "openai:text-embedding-3-small"),
    "ollama": Provider("tacit.models.endpoint", "EndpointEmbedder", (), "ollama:nomic-embed-text"),
}
RERANKERS = {
    "onnx": Provider("tacit.models.onnx", "OnnxReranker", ("onnxruntime", "tokenizers"), f"onnx:{DEFAULT_RERANKER}"),
}


class OpenOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a name does not say."""

    url: str | None = None
    """Base URL of an endpoint."""
    cache: Path | None = None
    """Folder of weights; None: `table.cache_folder()`."""
    threads: int | None = None
    """For many texts at once in a local model; None: as many as there are cores."""
    max_tokens: int | None = None
    """How much of a question and a text a reranker reads; None: its own default. An embedder always reads what the
    table says: with another limit it would be another model under the same name."""


class Opened(NamedTuple):
    """An embedder, or the reason why there is none: words alone are searched then."""

    embedder: Embedder | None
    reason: str
    """In words, for people; empty when there is an embedder that knows meaning."""


class OpenedReranker(NamedTuple):
    """A reranker, or the reason why there is none."""

    reranker: Reranker | None
    reason: str


class OpenedChat(NamedTuple):
    """A chat model, or the reason why there is none."""

    model: ChatModel | None
    reason: str
    """In words, for people; empty when there is one."""
    address: str = ""
    """Where its replies come from."""


def open_embedder(
    name: str, options: OpenOptions | None = None, *, environment: Mapping[str, str] | None = None
) -> Opened:
    """`auto`, `none`, or `provider:model`, such as those in `EMBEDDERS`.

    `auto` is the local model where its weights are in the cache, else none. Keys come from the environment alone:
    `TACIT_EMBEDDER_KEY`, or `OPENAI_API_KEY`, which is sent to OpenAI's own address and nowhere else.
    Raises `ConfigurationError` for a name that nothing stands for or weights that are not there, and `MissingExtra`.
    """
    options = options or OpenOptions()
    if name == "none":
        return Opened(None, "words only: no embedder is configured")
    if name == "auto":
        reason = _why_not(EMBEDDERS["onnx"], DEFAULT_EMBEDDER, options)
        return Opened(None, reason) if reason else Opened(_local_embedder(DEFAULT_EMBEDDER, options), "")
    scheme, model = _parsed(name, EMBEDDERS, "embedder")
    _require(EMBEDDERS[scheme], name)
    if scheme == "onnx":
        return Opened(_local_embedder(model, options), "")
    if scheme == "hashing":
        return Opened(_hashing(model), "words and pieces of words only: hashing knows nothing of meaning")
    return Opened(_endpoint(scheme, model, options, os.environ if environment is None else environment), "")


def open_reranker(name: str, options: OpenOptions | None = None) -> OpenedReranker:
    """`auto`, `none`, or `onnx:MODEL`; as `open_embedder`."""
    options = options or OpenOptions()
    if name == "none":
        return OpenedReranker(None, "no reranker is configured")
    if name == "auto":
        reason = _why_not(RERANKERS["onnx"], DEFAULT_RERANKER, options)
        return (
            OpenedReranker(None, reason) if reason else OpenedReranker(_local_reranker(DEFAULT_RERANKER, options), "")
        )
    scheme, model = _parsed(name, RERANKERS, "reranker")
    _require(RERANKERS[scheme], name)
    return OpenedReranker(_local_reranker(model, options), "")


def open_chat(
    name: str, options: OpenOptions | None = None, *, environment: Mapping[str, str] | None = None
) -> OpenedChat:
    """`none`, or `provider:model` with a provider of `CHAT_PROVIDERS`, at `options.url` where that is given.

    Asks nothing yet. Keys come from the environment alone: `TACIT_CHAT_KEY`, or the provider's own variable, which is
    sent to that provider's own host and nowhere else. Raises `ConfigurationError`.
    """
    options = options or OpenOptions()
    found = check_chat(name, options)
    if found is None:
        return OpenedChat(None, "none: the loop has its own ideas only")
    provider, environment = found, os.environ if environment is None else environment
    url = _given(options.url)
    own = provider.is_own(url)
    key = environment.get(CHAT_KEY, "") or (environment.get(provider.key, "") if own and provider.key else "")
    if own and provider.key and not key:
        raise ConfigurationError(
            f"{name} cannot be used",
            cause=f"neither {provider.key} nor {CHAT_KEY} is set",
            remedy="set one of them in the environment, or name another endpoint in TACIT_CHAT_URL",
        )
    limit = provider.limit if own else "max_tokens"
    endpoint = import_module("tacit.models.chat").EndpointChat
    made = endpoint(name.strip(), url=url or provider.url, key=key, limit=limit)
    return OpenedChat(made, "", made.address)


def check_chat(name: str, options: OpenOptions | None = None) -> ChatProvider | None:
    """Who serves the chat model of this name; None for `none`. Reads no key and loads no client.

    Raises `ConfigurationError` for a name that nothing stands for, or a URL that is none.
    """
    url = None if options is None else _given(options.url)
    if url is not None:
        checked_base(url, of="the chat model", setting="TACIT_CHAT_URL", key=CHAT_KEY)
    if name == "none":
        return None
    scheme, colon, model = name.partition(":")
    if not colon or not model.strip() or not model.isprintable() or scheme not in CHAT_PROVIDERS:
        forms = ", ".join(["none", *(provider.example for provider in CHAT_PROVIDERS.values())])
        raise ConfigurationError(
            f"no chat model is called {name[:200]!r}",
            cause="its name is not of a known form",
            remedy=f"use one like {forms}",
        )
    return CHAT_PROVIDERS[scheme]


def _given(url: str | None) -> str | None:
    """A variable that is set to nothing counts as not set."""
    return url if url and url.strip() else None


def _local_embedder(model: str, options: OpenOptions) -> Embedder:
    weights, files = _found(model, "embedder", options)
    made: Embedder = _class(EMBEDDERS["onnx"])(
        f"onnx:{model}",
        files,
        dimension=weights.dimension,
        max_tokens=weights.max_tokens,
        pooling=weights.pooling,
        query_prefix=weights.query_prefix,
        threads=options.threads,
    )
    return made


def _local_reranker(model: str, options: OpenOptions) -> Reranker:
    _, files = _found(model, "reranker", options)
    limit = {} if options.max_tokens is None else {"max_tokens": options.max_tokens}
    made: Reranker = _class(RERANKERS["onnx"])(f"onnx:{model}", files, threads=options.threads, **limit)
    return made


def _hashing(model: str) -> Embedder:
    if not (model.isascii() and model.isdigit() and len(model) < 7):
        raise ConfigurationError(
            f"hashing:{model} is not an embedder", cause="it needs a number of dimensions", remedy="use hashing:384"
        )
    made: Embedder = _class(EMBEDDERS["hashing"])(int(model))
    return made


def _endpoint(scheme: str, model: str, options: OpenOptions, environment: Mapping[str, str]) -> Embedder:
    key = environment.get("TACIT_EMBEDDER_KEY", "")
    if not key and scheme == "openai" and (options.url is None or options.url.startswith(OPENAI_ADDRESS)):
        key = environment.get("OPENAI_API_KEY", "")
        if not key:
            raise ConfigurationError(
                f"openai:{model} cannot be used",
                cause="neither OPENAI_API_KEY nor TACIT_EMBEDDER_KEY is set",
                remedy="set one of them, or name another endpoint in TACIT_EMBEDDER_URL",
            )
    known = read_table(options.cache).endpoints.get(f"{scheme}:{model}", EndpointModel())
    made: Embedder = _class(EMBEDDERS[scheme])(scheme, model, url=options.url, key=key, known=known)
    return made


def _parsed(name: str, providers: Mapping[str, Provider], what: str) -> tuple[str, str]:
    scheme, colon, model = name.partition(":")
    if not colon or not model.strip() or scheme not in providers:
        forms = ", ".join(["auto", "none", *(provider.form for provider in providers.values())])
        raise ConfigurationError(
            f"no {what} is called {name!r}", cause="its name is not of a known form", remedy=f"use one like {forms}"
        )
    return scheme, model.strip()


def _found(model: str, role: str, options: OpenOptions) -> tuple[Weights, dict[str, Path]]:
    """The entry and the files of a local model."""
    cache = options.cache or cache_folder()
    table = read_table(cache)
    weights = table.weights.get(model)
    if weights is None or weights.role != role:
        known = sorted(name for name, entry in table.weights.items() if entry.role == role)
        raise ConfigurationError(
            f"no local {role} is called {model!r}",
            cause="it is not in the table of models",
            remedy=f"use one of {', '.join(known)}, or describe it in models.json in {cache}",
        )
    files = locate(model, cache)
    if files is None:
        raise ConfigurationError(
            f"the weights of {model} are not installed",
            cause=f"they are not in {cache}",
            remedy=f"run `tacit init`, or `python -m tacit.models.weights {model}`",
        )
    return weights, files


def installed_embedders(cache: Path | None = None) -> tuple[str, ...]:
    """Names of the local models of this kind whose weights are in the cache, as `open_embedder` takes them."""
    table = read_table(cache)
    names = sorted(name for name, entry in table.weights.items() if entry.role == "embedder")
    return tuple(f"onnx:{name}" for name in names if locate(name, cache) is not None)


def _why_not(provider: Provider, model: str, options: OpenOptions) -> str:
    """Why a default local model cannot be opened; empty when it can."""
    missing = [package for package in provider.packages if find_spec(package) is None]
    if missing:
        return f"words only: {' and '.join(missing)} not installed, which the local model needs"
    cache = options.cache or cache_folder()
    if locate(model, cache) is None:
        return f"words only: the local model {model} is not in {cache}; run `tacit init`"
    return ""


def _require(provider: Provider, name: str) -> None:
    missing = [package for package in provider.packages if find_spec(package) is None]
    if missing:
        raise MissingExtra(
            f"{name} cannot be opened",
            cause=f"not installed: {', '.join(missing)}",
            remedy=f"run `pip install {' '.join(missing)}`",
        )


def _class(provider: Provider) -> Any:
    return getattr(import_module(provider.module), provider.attribute)
