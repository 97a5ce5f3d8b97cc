"""Files are cut by definition and section, and nothing of them is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.chunks import WHOLE, chunk
from tacit.logic.languages import language_of

PAD = "# " + "words " * 25 + "\n"


def symbols(path: str, text: str) -> list[str]:
    return [piece.symbol for piece in chunk(path, text)]


def test_python_is_cut_by_function_class_and_method_with_their_comments_and_decorators() -> None:
    method = "    def {}(self):\n        a = 1\n" + "        a = 'filled up to be long enough'\n" * 16 + "\n"
    code = (
        f'"""Module."""\n{PAD}\nimport os\n\n\n# why\n@cache\ndef first():\n    return 1\n{PAD}\n\n'
        f"class Large:\n    '''Doc.'''\n    {PAD}\n" + "".join(method.format(name) for name in ("one", "two", "three"))
    )
    pieces = chunk("a.py", code)
    assert [piece.symbol for piece in pieces] == ["", "first", "Large", "Large.one", "Large.two", "Large.three"]
    assert pieces[1].text.startswith("# why\n@cache\ndef first")
    assert {piece.language for piece in pieces} == {"python"}


def test_python_that_does_not_parse_is_cut_all_the_same() -> None:
    code = "def broken(:\n" + "    x = 1\n" * 400
    pieces = chunk("a.py", code)
    assert len(pieces) > 2
    assert "\n".join(piece.text for piece in pieces).count("x = 1") == 400
    for hard in ("(" * 5000, "-" * 100_000 + "1", "a" + ".b" * 50_000, "x = '\\d'\n", "\f\ndef a(): pass\n", "\0"):
        assert chunk("a.py", hard)


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("a.ts", "export class Foo {\n  PAD\n  async bar(x: number): Promise<void> {\n    PAD\n  }\n}\n\n"
                 "export const f = (a) => {\n  PAD\n};", ["Foo", "Foo.bar", "f"]),
        ("a.go", "// Hi says\nfunc (s *Server) Hi(x int) error {\n\tPAD\n}\n\ntype T struct {\n\tPAD\n}",
         ["Server.Hi", "T"]),
        ("a.rs", "#[derive(Debug)]\npub struct A {\n  PAD\n}\n\nimpl<T> Foo for A {\n    pub fn new() -> Self {\n"
                 "  PAD\n    }\n}", ["A", "A.new"]),
        ("a.java", "public class A {\n    PAD\n    @Override\n    public int get(int x) throws E {\n"
                   "        PAD\n    }\n}", ["A", "A.get"]),
        ("a.c", "static int foo(int a,\n        int b)\n{\n    PAD\n}\n\nstruct x {\n  PAD\n};", ["foo", "x"]),
        ("a.rb", "class A\n  PAD\n  def b\n    PAD\n  end\nend", ["A", "A.b"]),
        ("a.sh", "foo() {\n  PAD\n}\nfunction bar {\n  PAD\n}", ["foo", "bar"]),
    ],
)  # fmt: skip
def test_other_code_is_cut_where_definitions_begin(path: str, code: str, expected: list[str]) -> None:
    assert symbols(path, code.replace("PAD", "x" * 110)) == expected


def test_markdown_is_cut_by_section_and_a_heading_in_a_fence_is_none() -> None:
    words = "words " * 30
    text = f"Intro {words}\n# One\n{words}\n```\n# no heading\n```\n## Two\n{words}\nThree\n=====\n{words}\n"
    pieces = chunk("a.md", text)
    assert [piece.symbol for piece in pieces] == ["", "One", "One > Two"]


def test_a_setext_title_after_a_blank_line_begins_a_section() -> None:
    words = "words " * 30
    assert symbols("a.md", f"One\n===\n{words}\n\nTwo\n---\n{words}\n") == ["One", "One > Two"]
    assert symbols("a.rst", f"Top\n***\n{words}\n\nIn\n~~\n\nSub\n~~~\n{words}\n") == ["Top", "Top > Sub"]


def test_long_prose_is_cut_at_sentences_also_in_chinese() -> None:
    for sentence in ("This is a sentence that says something. ", "我们明天去东京看樱花。"):
        pieces = chunk("a.txt", sentence * 500)
        assert "".join(piece.text for piece in pieces) == (sentence * 500).rstrip()
        assert all(len(piece.text) <= WHOLE for piece in pieces)
        assert all(piece.text.rstrip()[-1] in ".。" for piece in pieces)
        assert {(piece.start_line, piece.end_line) for piece in pieces} == {(1, 1)}


PATHS = st.sampled_from(["a.py", "a.ts", "a.md", "a.rst", "a.txt", "a.java", "a.c", "a", "a.json", "a.rb", "Makefile"])
LINES = st.sampled_from(
    [
        "", "def f():", "class A:", "    def g(self):", "        x", "# T", "===", "---", "```", "x" * 90, "func a() {",
        "}", "struct b {", "é" * 2000, "a. " * 900, "  @x", "\f", "'''", "(",
    ]
)  # fmt: skip


@given(PATHS, st.lists(LINES, max_size=60).map("\n".join) | st.text())
def test_every_line_is_in_a_chunk_of_bounded_size_and_the_same_text_gives_the_same_chunks(path: str, text: str) -> None:
    pieces = chunk(path, text)
    lines = text.split("\n")
    covered = {number for piece in pieces for number in range(piece.start_line, piece.end_line + 1)}
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= covered
    assert all(len(piece.text) <= 2 * WHOLE and piece.text.strip() for piece in pieces)
    assert all(1 <= piece.start_line <= piece.end_line <= len(lines) for piece in pieces)
    assert chunk(path, text) == pieces
    words = "".join(piece.text for piece in pieces)
    assert [c for c in words if not c.isspace()] == [c for c in text if not c.isspace()]


def test_a_megabyte_of_anything_is_cut() -> None:
    for line in (
        "a a a a a a " * 24,
        "x" * 299,
        "public static void a(" * 14,
        "(" * 290,
        "# " * 140,
        "export const a = (" * 16,
    ):
        for path in ("a.ts", "a.java", "a.c", "a.md", "a.py"):
            assert chunk(path, f"{line}\n" * (200_000 // len(line)))


def test_languages_are_told_by_name() -> None:
    names = ["a/b.PY", "x.tsx", "Dockerfile", ".env", "noext", "a.tar.gz", "README", "b.hpp"]
    assert [language_of(name) for name in names] == ["python", "typescript", "docker", "", "", "", "text", "cpp"]
