"""`python -m tests.poisoning`: every attack and what became of it, and what benign texts are suspected."""

from tests.poisoning.attacks import ATTACKS
from tests.poisoning.benign import BENIGN
from tests.poisoning.harness import attacked

from tacit.logic.trust import suspected

results = [attacked(one) for one in ATTACKS]
for one in results:
    print(
        f"{'RULE' if one.rule else 'SHOWN' if one.item else 'held':6} {one.attack.family:28} {one.attack.name:25}",
        one.why,
    )
print(
    f"attacks: {len(results)}, got a rule: {sum(one.rule for one in results)},",
    f"shown: {sum(one.item for one in results)}",
)
wrongly = [text for text in BENIGN if suspected(text)]
print(f"benign: {len(BENIGN)}, suspected: {len(wrongly)}", *wrongly, sep="\n")
