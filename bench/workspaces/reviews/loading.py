"""Reads reviews from one big file, separated by lines of dashes."""

BLOCK_SIZE = 8


def load(path):
    """Yields the reviews one by one without holding the file in memory."""
    pending = ""
    with open(path, encoding="utf-8") as stream:
        while True:
            block = stream.read(BLOCK_SIZE)
            if not block:
                break
            pending += block
            while "\n---\n" in pending:
                review, pending = pending.split("\n---\n", 1)
                yield review
    if pending.strip():
        yield pending
