"""Replies of a teacher model: what is read, what is reported, and that hostile ones are neither believed nor slow."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.rules.reading import ACTIONS, OPERATIONS_MOST, REPLY, Asked, Reading, Unread, read, read_list

ADD = {"action": "add", "insight": "[GENERAL_LEARNING|0.7] Read the error."}
ADDED = Asked(number=1, action="add", insight="[GENERAL_LEARNING|0.7] Read the error.")
XML = "<operation><action>add</action><insight>[GENERAL_LEARNING|0.7] Read the error.</insight></operation>"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps([ADD]),
        json.dumps(ADD),
        json.dumps({"operations": [ADD]}),
        json.dumps({"rule_updates": [ADD]}),
        f"Here is what I would change:\n```json\n{json.dumps([ADD], indent=2)}\n```\nHope that helps [1].",
        f"```\n{json.dumps([ADD])}\n```",
        f"I see {{two}} issues [a, b]. {json.dumps([ADD])} That is all.",
        '[{"action": "add", "insight": "[GENERAL_LEARNING|0.7] Read the error.",},]',
        '[{"action": " ADD ", "insight": "[GENERAL_LEARNING|0.7] Read the error.", "old_insight_to_replace": null}]',
        f"<operations_list>{XML}</operations_list>",
        f"Sure.\n```xml\n<operations_list>\n{XML}\n</operations_list>\n```",
        f"<OPERATIONS_LIST type='x'>{XML.upper().replace(ADD['insight'].upper(), ADD['insight'])}</OPERATIONS_LIST>",
        "<operations_list><operation id='1'><insight><![CDATA[[GENERAL_LEARNING|0.7] Read the error.]]></insight>"
        "<old_insight_to_replace/><action>add</action></operation></operations_list>",
    ],
)
def test_what_models_write_is_read(reply: str):
    assert read(reply) == Reading(found=(ADDED,))


def test_text_in_xml_may_have_brackets_and_entities_that_xml_itself_has():
    reply = (
        "<operations_list><operation><action>update</action><insight>if a < b && c &gt; d use <path> &amp;lt; &lol;"
        "</insight><old_insight_to_replace>one</old_insight_to_replace>"
        "<old_insight_to_replace>two</old_insight_to_replace></operation></operations_list>"
    )
    words = "if a < b && c > d use <path> &lt; &lol;"
    assert read(reply).found == (Asked(number=1, action="update", insight=words, old=("one", "two")),)


def test_several_old_rules_are_a_list_in_json():
    reply = [{"action": "merge", "insight": "a", "old_insight_to_replace": ["b", "c", ""]}]
    assert read_list(reply).found == (Asked(number=1, action="merge", insight="a", old=("b", "c")),)


def test_other_names_of_two_actions_are_known():
    told = read_list([{"action": "delete", "insight": "a"}, {"action": "Replace", "insight": "b"}])
    assert [one.action for one in told.found if isinstance(one, Asked)] == ["remove", "update"]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (7, "no object"),
        ({"action": "obey", "insight": "a"}, "unknown action"),
        ({"insight": "a"}, "unknown action"),
        ({"action": ["add"], "insight": "a"}, "unknown action"),
        ({"action": "add", "insight": ["a"]}, "a rule is a text"),
        ({"action": "add", "insight": {"a": "b"}}, "a rule is a text"),
        ({"action": "add", "insight": "a" * 2001}, "at most 2000"),
        ({"action": "add", "insight": "a", "trust": "high"}, "unknown field 'trust'"),
        ({"action": "add", "insight": "a", "by": "person"}, "unknown field 'by'"),
    ],
)
def test_an_operation_that_cannot_be_read_is_reported_and_the_others_are_read(operation: object, reason: str):
    first, second = read(json.dumps([ADD, operation])).found
    assert first == ADDED
    assert isinstance(second, Unread)
    assert reason in second.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "<operation><action>add</action><insight>a</insight><insight>b</insight></operation>",
            "<insight> is there twice",
        ),
        ("<operation><action>add<insight>a</insight></action></operation>", "<insight> within <action>"),
        ("<operation><action>add</action></insight></operation>", "</insight> without its beginning"),
        ("<operation><action>add</action><insight>a</operation>", "<insight> is not closed"),
        ("<operation><action>add</action><insight>a</insight>", "<operation> is not closed"),
        ("<operation><operation><action>add</action><insight>a</insight></operation>", "<operation> is not closed"),
        ("<operation></operation>", "unknown action"),
    ],
)
def test_xml_that_is_not_whole_is_reported_and_not_repaired(body: str, reason: str):
    found = read(f"<operations_list>{body}</operations_list>").found
    assert isinstance(found[0], Unread)
    assert found[0].reason.startswith(reason)


def test_a_reply_that_was_cut_off_gives_what_was_whole_and_says_so():
    found = read(f"<operations_list>{XML}<operation><action>remove</action><old_insight").found
    assert found[0] == ADDED
    assert [one.reason for one in found[1:] if isinstance(one, Unread)] == [
        "<operation> is not closed",
        "the reply was cut off: <operations_list> is not closed",
    ]
    assert read(json.dumps([ADD, ADD])[:-20]).reason


@pytest.mark.parametrize(
    "reply", ["[]", '{"operations": []}', "<operations_list></operations_list>", "<operations_list/>"]
)
def test_nothing_to_do_is_an_answer(reply: str):
    assert read(reply) == Reading()


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I would not change anything.",
        "[1, 2, 3]",
        '{"insight": "a"}',
        "[{'action': 'add', 'insight': 'a'}]",
        '[{"action": "add", "action": "remove", "insight": "a"}]',
        '[{"action": "add", "insight": NaN}]',
        f"Draft: {json.dumps([ADD])} Final: {json.dumps([ADD])}",
        f"<operations_list>{XML}</operations_list><operations_list>{XML}</operations_list>",
        "[" * 100_000 + "]" * 100_000,
        '{"action":' * 20_000 + "1" + "}" * 20_000,
        json.dumps([ADD] * (OPERATIONS_MOST + 1)),
        f"<operations_list>{XML * (OPERATIONS_MOST + 1)}</operations_list>",
        "<operations_list>" + "<operation>" * 20_000,
        " " * (REPLY + 1),
        '[{"action": "add", "insight": "' + "9" * REPLY + '"}]',
    ],
)
def test_what_says_nothing_clearly_is_refused_as_a_whole(reply: str):
    told = read(reply)
    assert told.found == ()
    assert told.reason


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>',
        '<!DOCTYPE r [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
        '<! doctype r SYSTEM "http://evil.example/x.dtd">',
        '<!ENTITY % p "x">',
    ],
)
def test_a_declaration_refuses_the_reply(declared: str):
    told = read(f"<?xml version='1.0'?>{declared}<operations_list>{XML}</operations_list>")
    assert told.found == ()
    assert "declares" in told.reason


HOSTILE = [
    "<operations_list><operation>" + "<insight>" * 27_000,
    "<operations_list>" + "<![CDATA[" * 27_000,
    "<operations_list>" + "<operation " * 20_000,
    "<operations_list><operation><insight>" + "&" * 200_000,
    "[{" * 120_000,
    '[{"' * 80_000,
    '{"' + "\\" * 240_000,
    '[{"a"' + "," * 240_000,
    "[1," + " " * 240_000,
    ("[" + " " * 400) * 600,
    "```x\n" * 50_000,
    "<!" + " " * 240_000,
]


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_reply_is_refused_without_effort(reply: str):
    told = read(reply)
    assert not [one for one in told.found if isinstance(one, Asked)]
    assert told.reason or told.found


PIECES = [*'<>/[]{}",:&!`\n ', "<operation>", "</operation>", "<insight>", "</insight>", "action", "add", "<![CDATA["]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_reading_never_raises(pieces: list[str]):
    reply = "".join(pieces)
    assert isinstance(read(reply), Reading)
    assert isinstance(read(f"<operations_list>{reply}"), Reading)


@given(action=st.sampled_from(ACTIONS), insight=TEXT, old=st.lists(TEXT, max_size=3))
def test_what_json_says_is_read_as_it_is(action: str, insight: str, old: list[str]):
    reply = json.dumps([{"action": action, "insight": insight, "old_insight_to_replace": old}])
    told = tuple(text.strip() for text in old if text.strip())
    assert read(reply).found == (Asked(number=1, action=action, insight=insight.strip(), old=told),)


@given(insight=TEXT.filter(lambda text: not re.search(r"<|&", text)))
def test_what_xml_says_is_read_as_it_is(insight: str):
    reply = (
        f"<operations_list><operation><action>add</action><insight>{insight}</insight></operation></operations_list>"
    )
    assert read(reply).found == (Asked(number=1, action="add", insight=insight.strip()),)
