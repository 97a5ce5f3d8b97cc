"""How the company of other texts changes a vector and a score of the local models, and what one text a run costs.

Evidence of docs/decisions/0005: the quantised weights, run in batches of several sizes, against one text a run. Needs
the weights of both models (`make models`) and the LoCoMo set.
"""

import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from bench.common import arguments, machine, report, say
from bench.sets import locomo
from tacit.models.located import locate
from tacit.models.open import OpenOptions, open_embedder
from tacit.models.table import DEFAULT_EMBEDDER, DEFAULT_RERANKER

Runner = Callable[[Sequence[Encoding]], np.ndarray]


def main() -> int:
    """Measure, print."""
    given = arguments(__doc__ or "", data=True).parse_args()
    started = time.time()
    rng = random.Random(given.seed)
    talks = locomo(given.data)
    texts = [said.text for talk in talks for said in talk.said]
    questions = [question.text for talk in talks for question in talk.questions]
    texts = rng.sample(texts, min(len(texts), 150 if given.quick else 400))
    questions = rng.sample(questions, min(len(questions), 3 if given.quick else 8))
    say(f"{len(texts)} texts, {len(questions)} questions of 30 texts each")
    result = {
        "quick": given.quick,
        "embedder": _embedder(texts),
        "reranker": _reranker(questions, texts, rng),
        "threads": _threads(texts),
        "machine": machine(started),
    }
    report(result, as_json=given.json, table=_print)
    return 0


def _embedder(texts: Sequence[str]) -> dict[str, Any]:
    tokenizer, run = _runner(DEFAULT_EMBEDDER, 512)

    def vectors(some: Sequence[Encoding]) -> np.ndarray:
        first = run(some)[:, 0]
        return first / np.linalg.norm(first, axis=1, keepdims=True)

    encodings = [tokenizer.encode(text) for text in texts]
    vectors(encodings[:1])
    alone = _timed(vectors, encodings, 1)
    found = {}
    for size in (1, 4, 16):
        seconds, made = _timed(vectors, encodings, size)
        cosines = (made * alone[1]).sum(axis=1)
        found[str(size)] = {
            "texts_per_s": round(len(texts) / seconds, 1),
            "cosine_mean": round(float(cosines.mean()), 5),
            "cosine_least": round(float(cosines.min()), 5),
        }
    return found


def _reranker(questions: Sequence[str], texts: Sequence[str], rng: random.Random) -> dict[str, Any]:
    tokenizer, run = _runner(DEFAULT_RERANKER, 128)

    def logits(some: Sequence[Encoding]) -> np.ndarray:
        return run(some)[:, -1:]

    asked = [[tokenizer.encode(question, text) for text in rng.sample(texts, 30)] for question in questions]
    alone = np.stack([_timed(logits, pairs, 1)[1] for pairs in asked])
    found = {}
    for size in (1, 5, 10, 30):
        timed = [_timed(logits, pairs, size) for pairs in asked]
        moved = np.abs(np.stack([made for _, made in timed]) - alone)
        found[str(size)] = {
            "ms_per_question": round(1000 * sum(seconds for seconds, _ in timed) / len(asked), 1),
            "logit_moved_mean": round(float(moved.mean()), 3),
            "logit_moved_most": round(float(moved.max()), 3),
        }
    return found


def _threads(texts: Sequence[str]) -> dict[str, float]:
    """Texts a second of the embedder as it ships."""
    found = {}
    for threads in (1, 2):
        embedder = open_embedder(f"onnx:{DEFAULT_EMBEDDER}", OpenOptions(threads=threads)).embedder
        assert embedder is not None
        embedder.embed(["load"], "query")
        begun = time.perf_counter()
        embedder.embed(texts, "document")
        found[str(threads)] = round(len(texts) / (time.perf_counter() - begun), 1)
    return found


def _runner(model: str, max_tokens: int) -> tuple[Tokenizer, Runner]:
    files = locate(model)
    if files is None:
        raise SystemExit(f"the weights of {model} are not here: make models")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(files["model.onnx"]), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(files["tokenizer.json"]))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)

    def run(some: Sequence[Encoding]) -> np.ndarray:
        feed = {
            "input_ids": _padded([one.ids for one in some]),
            "attention_mask": _padded([one.attention_mask for one in some]),
            "token_type_ids": _padded([one.type_ids for one in some]),
        }
        return np.asarray(session.run(None, feed)[0])

    return tokenizer, run


def _padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    width = max(len(row) for row in rows)
    return np.array([[*row, *[0] * (width - len(row))] for row in rows], np.int64)


def _timed(run: Runner, encodings: Sequence[Encoding], size: int) -> tuple[float, np.ndarray]:
    """Batches of texts of like length; -> (seconds, results in the order of the texts)."""
    order = np.argsort([len(one.ids) for one in encodings], kind="stable")
    begun = time.perf_counter()
    parts = [run([encodings[place] for place in order[at : at + size]]) for at in range(0, len(order), size)]
    seconds = time.perf_counter() - begun
    made = np.concatenate(parts)
    result = np.empty_like(made)
    result[order] = made
    return seconds, result


def _print(result: Mapping[str, Any]) -> None:
    for part in ("embedder", "reranker"):
        for size, row in result[part].items():
            print(f"{part}, {size:>2} a run: " + ", ".join(f"{name} {value}" for name, value in row.items()))
    print("texts a second by threads: " + ", ".join(f"{count}: {rate}" for count, rate in result["threads"].items()))


if __name__ == "__main__":
    sys.exit(main())
