"""The recall sets, read: conversations of messages, and questions with the messages that answer them.

Formats: LoCoMo (Maharana et al., 2024) with label corrections, and BEAM (2025), as found in DIR/recall or DIR.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["Conversation", "Question", "Said", "beam", "locomo"]


@dataclass(frozen=True)
class Said:
    """One message."""

    id: str
    author: str
    text: str
    session: str
    at: float


@dataclass(frozen=True)
class Question:
    """One question with the ids of what answers it."""

    text: str
    gold: frozenset[str]
    category: str
    answerable: bool = True
    stale: frozenset[str] = frozenset()
    """Messages that said the same of an earlier time (BEAM knowledge_update)."""


@dataclass(frozen=True)
class Conversation:
    """Messages in their order and questions on them."""

    name: str
    said: list[Said]
    questions: list[Question] = field(default_factory=list)


def _files(data: Path, pattern: str) -> list[Path]:
    return sorted([*data.glob(pattern), *(data / "recall").glob(pattern)])


def locomo(data: Path) -> list[Conversation]:
    """All conversations of DIR/locomo*.json, with the corrections of DIR/locomo*corrections.json beside them."""
    corrections = {
        row["question_id"]: row["correct_evidence"]
        for path in _files(data, "locomo*corrections*.json")
        for row in json.loads(path.read_text("utf-8"))
    }
    found = []
    for path in _files(data, "locomo*.json"):
        if "corrections" not in path.name:
            for raw in json.loads(path.read_text("utf-8")):
                found.append(_locomo_conversation(raw, _index(raw, len(found)), corrections))
    return found


SAMPLES = ("conv-26", "conv-30", "conv-41", "conv-42", "conv-43", "conv-44", "conv-47", "conv-48", "conv-49", "conv-50")
"""The ten conversations in the order in which question ids of the corrections count them."""


def _index(raw: dict[str, Any], place: int) -> int:
    name = raw.get("sample_id")
    return SAMPLES.index(name) if name in SAMPLES else place


def _locomo_conversation(raw: dict[str, Any], index: int, corrections: dict[str, list[str]]) -> Conversation:
    said = []
    sessions = sorted(
        (int(key.split("_")[1]) for key in raw["conversation"] if re.fullmatch(r"session_\d+", key)),
    )
    for number in sessions:
        at = _locomo_time(raw["conversation"].get(f"session_{number}_date_time", ""))
        for place, turn in enumerate(raw["conversation"][f"session_{number}"]):
            text = turn["text"]
            if turn.get("blip_caption"):
                text += f" [shares a photo: {turn['blip_caption']}]"
            said.append(
                Said(id=turn["dia_id"], author=turn["speaker"], text=text, session=f"session_{number}", at=at + place)
            )
    known = {one.id for one in said}
    questions = []
    for place, qa in enumerate(raw["qa"]):
        evidence = corrections.get(f"locomo_{index}_qa{place}", qa.get("evidence") or [])
        gold = frozenset(_evidence(evidence)) & known
        category = str(qa["category"])
        if gold:
            questions.append(Question(text=qa["question"], gold=gold, category=category, answerable=category != "5"))
    return Conversation(name=raw.get("sample_id", f"locomo-{index}"), said=said, questions=questions)


def _evidence(raw: list[str]) -> list[str]:
    """`D:11:26` is `D11:26`, `D30:05` is `D30:5`, several may stand in one text."""
    ids = []
    for part in re.split(r"[;,\s]+", " ".join(raw)):
        match = re.fullmatch(r"D:?(\d+):(\d+)", part.strip("()"))
        if match:
            ids.append(f"D{int(match[1])}:{int(match[2])}")
    return ids


def _locomo_time(text: str) -> float:
    try:
        return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def beam(data: Path) -> list[Conversation]:
    """All chats of DIR/beam*.json."""
    return [_beam_chat(raw) for path in _files(data, "beam*.json") for raw in json.loads(path.read_text("utf-8"))]


def _beam_chat(raw: dict[str, Any]) -> Conversation:
    said = []
    at = 0.0
    for batch in raw["chat"]:
        for turn in batch["turns"]:
            for message in turn:
                at = _beam_time(message.get("time_anchor")) or at
                text = re.sub(r"\s*->->\s*[\d,\s]*$", "", message["content"])
                session = f"batch_{batch['batch_number']}"
                place = len(said)
                said.append(
                    Said(id=str(message["id"]), author=message["role"], text=text, session=session, at=at + place)
                )
    known = {one.id for one in said}
    questions = []
    for ability, asked in raw["questions"].items():
        for one in asked:
            sources = one.get("source_chat_ids") or []
            stale, fresh = frozenset[str](), frozenset[str]()
            if isinstance(sources, dict):
                stale = frozenset(_flat(sources.get("original_info", []))) & known
                fresh = frozenset(_flat(sources.get("updated_info", []))) & known
            gold = frozenset(_flat(sources)) & known
            if ability == "knowledge_update" and fresh and stale - fresh:
                questions.append(Question(one["question"], gold, ability, True, stale - fresh))
            elif gold or ability == "abstention":
                questions.append(Question(one["question"], gold, ability, ability != "abstention"))
    return Conversation(name=f"beam-{raw['chat_id']}", said=said, questions=questions)


def _flat(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for inner in value for found in _flat(inner)]
    return [str(value)]


def _beam_time(anchor: str | None) -> float | None:
    try:
        return datetime.strptime(anchor or "", "%B-%d-%Y").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
