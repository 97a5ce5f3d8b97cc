"""How a command says what it recorded."""

from typing import TYPE_CHECKING

from tacit.doors.cli.call import Call
from tacit.doors.cli.output import emit, one_line

if TYPE_CHECKING:
    from rich.console import Console

    from tacit.types import Item

__all__ = ["recorded"]


def recorded(call: Call, item: "Item") -> None:
    """The item as JSON, or its id with what it says."""

    def show(out: "Console") -> None:
        from rich.text import Text

        word = "recorded" if item.revision == 1 else f"recorded (revision {item.revision})"
        out.print(Text.assemble(("✓ ", "green"), f"{word} {item.kind.replace('_', ' ')} ", (item.id, "bold")))
        out.print(Text(f"  {one_line(item.text, 100)}", style="dim"))

    emit(call, item, show, quiet=item.id)
