import os
import tempfile
import unittest

from cleaning import stem, strip_markup, words
from loading import load
from report import build, duplicates, frequencies, signature, vocabulary


class Cleaning(unittest.TestCase):
    def test_markup_is_removed(self):
        self.assertEqual(strip_markup("<b>Nice</b> &amp; cheap http://x.example/a"), "Nice cheap")

    def test_stop_words_are_removed(self):
        self.assertEqual(words("This is THE best of mugs!"), ["best", "mugs"])

    def test_possessives(self):
        self.assertEqual(words("the seller's mug"), ["seller", "mug"])

    def test_stems(self):
        self.assertEqual([stem(word) for word in ["running", "mugs", "kindness", "sing"]], ["run", "mug", "kind", "sing"])

    def test_empty(self):
        self.assertEqual(words(""), [])


class Report(unittest.TestCase):
    reviews = ["Good mugs. Good price!", "The price is good, good mug", "Broken handles"]

    def test_vocabulary_keeps_the_order(self):
        self.assertEqual(vocabulary(self.reviews), ["good", "mug", "price", "broken", "handl"])

    def test_frequencies(self):
        self.assertEqual(frequencies(self.reviews)["good"], 4)

    def test_signature(self):
        self.assertEqual(signature(self.reviews[0]), "good mug price")

    def test_duplicates(self):
        self.assertEqual(duplicates(self.reviews), [[0, 1]])

    def test_build(self):
        made = build(self.reviews, top=2)
        self.assertEqual(made["commonest"], [("good", 4), ("mug", 2)])
        self.assertEqual((made["reviews"], made["vocabulary"]), (3, 5))


class Loading(unittest.TestCase):
    def test_reviews_are_split(self):
        handle, path = tempfile.mkstemp(text=True)
        with os.fdopen(handle, "w") as out:
            out.write("one " * 50 + "\n---\ntwo\n---\nthree")
        self.assertEqual(list(load(path)), ["one " * 50, "two", "three"])
        os.unlink(path)


if __name__ == "__main__":
    unittest.main()
