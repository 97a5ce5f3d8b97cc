import unittest

from aliquot import divisor_sum, is_amicable, is_perfect, kind, sequence
from survey import survey


class Aliquot(unittest.TestCase):
    def test_divisor_sums(self):
        self.assertEqual([divisor_sum(n) for n in [0, 1, 2, 6, 12, 16, 220]], [0, 0, 1, 6, 16, 15, 284])

    def test_perfect(self):
        self.assertEqual([n for n in range(1, 500) if is_perfect(n)], [6, 28, 496])

    def test_amicable(self):
        self.assertTrue(is_amicable(220) and is_amicable(284))
        self.assertFalse(is_amicable(6))

    def test_kinds(self):
        self.assertEqual([kind(n) for n in [6, 12, 7]], ["perfect", "abundant", "deficient"])

    def test_sequences(self):
        self.assertEqual(sequence(10), [10, 8, 7, 1, 0])
        self.assertEqual(sequence(220), [220, 284])

    def test_survey(self):
        found = survey(300)
        self.assertEqual(found["amicable"], [220, 284])
        self.assertEqual(found["kinds"]["perfect"], 2)


if __name__ == "__main__":
    unittest.main()
