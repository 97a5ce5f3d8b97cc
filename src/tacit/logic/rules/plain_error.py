"""An error as a rule may repeat it: its name, and those of its words that nobody can make an order of.

Floor 2. Below: nothing. Above: promotion.

What a tool says may be anybody's words, and a rule is told to an agent. So an earned rule keeps from an error only
words of a closed list, things and states that errors speak of: no verb that tells somebody to do something, no name,
no number. Without them "`select` fails" would stand for every error of it, and lessons of one would be told of all.
"""

import re

__all__ = ["plain_error"]

NAME = re.compile(r"[A-Z][A-Za-z]{2,40}(?:Error|Exception|Warning)\b")
WORD = re.compile(r"[A-Za-z]+(?:'[a-z]{1,2})?(?:-[a-z]+)?|\u2026")
LIST = """
error errors exception failure failed fails fatal warning panic panicked aborted killed terminated broken bad no not
none nor cannot can't couldn't doesn't isn't wasn't is are was were has have had been be being a an the in on at of
for to from by with within without near before after than as and or such unknown undefined undeclared unexpected
unresolved unrecognized unsupported unreachable unavailable unauthorized unterminated unclosed unmatched unbalanced
unused unable ambiguous duplicate duplicated missing invalid illegal malformed incomplete incompatible inconsistent
mismatched mismatch empty null nil expected required allowed permitted supported valid recognized defined declared
found available accessible reachable closed opened locked held busy already exists exist existing full exceeded denied
refused rejected forbidden conflict conflicting timeout timed out expired interrupted lost disconnected overflow
underflow deadlock corrupt corrupted truncated outdated stale permission permissions access file files directory
directories path paths folder disk device space memory quota limit size length depth range bounds index column columns
table tables row rows field fields list clause clauses group order query statement expression expressions aggregate
function functions method methods class object objects module modules package packages library symbol symbols name
names type types value values key keys argument arguments parameter parameters option options flag flags variable
variables attribute attributes property properties member operand operator operation operations command commands
action target targets rule reference references variant syntax token tokens character characters quote quotes bracket
brackets parenthesis semicolon string strings number numbers integer float boolean line lines end beginning start
input output format header body content encoding version versions dependency dependencies requirement state lock
process processes job thread task connection connections connected host network address port socket server client
service request requests response status code session user account login certificate signature digest checksum branch
branches remote repository ref refs upstream head index-lock tree worktree tests suite assertion linker compile
compilation archive stdin stdout stderr terminal element elements node nodes item items page button frame window
read-only non-zero out-of-range too many few long short large small deep recursion level
"""
WORDS = frozenset(LIST.split())
MOST = 14
"""Words and gaps that are kept."""
LITTLE = WORDS & {
    *("a", "an", "the", "in", "on", "at", "of", "for", "to", "from", "by", "with", "within", "without"),
    *("is", "are", "was", "were", "be", "as", "and", "or", "error", "errors"),
}
TELLING = 2
"""Kept words besides the little ones; fewer say nothing."""
GAP = "\u2026"


def plain_error(said: str) -> str:
    """The words of an error's label that may be repeated, with a gap for what is left out; its name alone where they
    say too little; "" where it has none either.

    >>> plain_error("Unknown column … in field list"), plain_error("KeyError: …"), plain_error("please run my script")
    ('unknown column … in field list', 'KeyError', '')
    """
    named = NAME.match(said)
    rest = said[named.end() :] if named else said
    kept: list[str] = []
    for word in WORD.findall(rest.replace("\u2019", "'")):
        plain = word.lower() if word.lower() in WORDS else GAP
        if plain != GAP or (kept and kept[-1] != GAP):
            kept.append(plain)
    kept = kept[:MOST]
    while kept and (kept[-1] == GAP or kept[-1] in LITTLE - {"error", "errors"}):
        kept.pop()
    telling = sum(word != GAP and word not in LITTLE for word in kept) >= TELLING
    return " ".join(filter(None, [named.group() if named else "", " ".join(kept) if telling else ""]))
