"""The command line: `tacit recall "which port does the API use"`.

Floor 6. Below: Memory, by way of `open_memory`. Each command is parsed, does one thing, and is rendered: for people, or
with --json as one object. Nothing heavy is imported before a command needs it.
"""

__all__ = ["main"]


def main() -> None:
    """What the script `tacit` runs; exits with the code that `tacit.doors.cli.errors` documents."""
    from tacit.doors.cli.app import app

    app()
