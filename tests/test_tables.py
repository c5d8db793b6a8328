"""No number is cut, however narrow the terminal; headers are broken between words only."""

import re

import pytest

from spinglass_cli.tables import plain_or_scientific, print_table

HEADERS = ("n", "lowest H/n", "certified", "largest basin")
ROWS = [["100", "-1.632527", "20,000", "5.56%"], ["1000", "-1.65", "7", "100.00%"]]


@pytest.mark.parametrize("width", [1, 20, 36, 37, 38, 39, 40, 41, 42, 43, 44, 50, 120])
def test_numbers_are_never_cut(width, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(HEADERS, ROWS, title="some", caption="minima")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    for row in ROWS:
        assert [line.split() for line in lines].count(row) == 1
    for word in " ".join(HEADERS).split():
        assert any(word in line.split() for line in lines)
    if width >= 44:
        assert max(map(len, lines)) <= width


def test_a_narrow_terminal_breaks_headers(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    heights = []
    for width in (38, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(HEADERS, ROWS)
        heights.append(len(capsys.readouterr().out.splitlines()))
    assert heights == [5, 4]


def test_elsewhere_a_table_is_as_wide_as_it_is(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "10")
    print_table(HEADERS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == " ".join(HEADERS).split()
    assert len({len(line) for line in lines}) == 1


def test_title_and_caption_stand_on_lines_of_their_own(capsys):
    title, caption = "Mean numbers: n = 100, p = 3, nu = 0", "exact mean over disorder (Kac-Rice)"
    print_table(("n",), [["1"]], title=title, caption=caption)
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == (title, caption)


@pytest.mark.parametrize(
    ("numbers", "form"),
    [
        ([], ".8f"),
        ([0.0, None], ".8f"),
        ([-1.5, 0.01], ".8f"),
        ([1e-9, -0.01], ".8f"),
        ([0.0, -9.9e-3], ".8e"),
        ([3e-250], ".8e"),
        ([1.0, -9.9e6], ".8f"),
        ([1.0, 1e7], ".8e"),
    ],
)
def test_a_column_is_scientific_where_plain_digits_say_nothing(numbers, form):
    assert plain_or_scientific(numbers, 8) == form
