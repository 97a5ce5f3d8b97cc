"""Names of the notes that more than one verb reads.

Floor 2. Above: learn, relearn, forget, fade, distill; verbs do not know each other.
"""

__all__ = ["FORGOTTEN", "LEARNING", "RELEARNING"]

LEARNING = "learn"
"""How far learning has come: `operations.learn.Cursor`. Its `token` is another one after each transaction, and after
something was forgotten: what was read before cannot be written any more."""
FORGOTTEN = "forgotten"
"""Token of the latest forgetting: whoever writes what was derived asserts that it is still the one it has read."""
RELEARNING = "relearn"
"""How far relearning has come: `operations.relearn.Phase`; none while there is none."""
