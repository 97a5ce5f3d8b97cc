"""Makes up reviews and reports on them."""

import os
import random
import tempfile

from loading import load
from report import build

SYLLABLES = ["ba", "con", "di", "el", "for", "gra", "hin", "jo", "kel", "lum", "mor", "nix", "op", "pla", "qui", "ros"]
ENDINGS = ["", "", "s", "ed", "ing", "ly", "ness", "able", "ment", "ation"]
COMMON = ["the", "and", "was", "it", "is", "very", "with", "this", "not", "for", "my", "of", "a", "to", "good", "bad"]


def made_up(count, seed=7):
    rng = random.Random(seed)
    roots = ["".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))) for _ in range(260)]
    for _ in range(count):
        said = []
        for _ in range(rng.randint(40, 120)):
            if rng.random() < 0.45:
                said.append(rng.choice(COMMON))
            else:
                said.append(rng.choice(roots) + rng.choice(ENDINGS))
        yield "<p>" + " ".join(said).capitalize() + ".</p> See https://shop.example/item &amp; enjoy!"


def main():
    handle, path = tempfile.mkstemp(text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("\n---\n".join(made_up(700)))
    made = build(list(load(path)))
    os.unlink(path)
    print(made["reviews"], made["vocabulary"], made["commonest"][0])


if __name__ == "__main__":
    main()
