"""`spinglass report`: what it writes and refuses, and that names cannot act in the page."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spinglass.contents.kind_registry import open_file
from spinglass.control import Progress
from spinglass.errors import InputError
from spinglass.files.store import write_dataset
from spinglass.report import making
from spinglass.report.page import as_json
from spinglass.report.panel import plain
from spinglass_cli import report_command
from spinglass_cli.main import cli, main
from tests.test_figures import put, synthetic
from tests.test_kinds import FILES, FIXTURES

HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>$$x^2$$&amp;'\""
)
"""A name that tries to leave text, block and attribute; a slash cannot be in that of a file."""

HOSTILE_NAME = HOSTILE.replace("/", "\u2215") + ".nc"


class Outline(HTMLParser):
    """Counts tags, and remembers the text of blocks and the attributes that begin with on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.events: list[str] = []
        self.links: list[str] = []
        self.json = ""
        self._kept = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.events += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        self._kept = ("type", "application/json") in attrs and ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._kept:
            self.json += data


def outline(path: Path) -> Outline:
    found = Outline()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def report(*words: object) -> None:
    cli.main(["report", *map(str, words)], standalone_mode=False)


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit) as end:
        main(["report", *map(str, words)])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert said.err.startswith("Error: ")
    assert said.err.count("\n") == 1
    return said.err


def hostile(folder: Path) -> list[Path]:
    """Files whose names, titles and attributes are hostile, of kinds that keep text."""
    folder.mkdir(exist_ok=True)
    descents = synthetic(3, 30, 0.3, regime=HOSTILE)
    words = dict.fromkeys(("title", "method", "versions", "start_seed", "tol"), HOSTILE)
    write_dataset(descents.assign_attrs(words), folder / HOSTILE_NAME)
    training = open_file(FIXTURES / FILES["training"])[2]
    attrs = {"method": HOSTILE, "versions": HOSTILE, "title": HOSTILE}
    write_dataset(training.assign_attrs(attrs), folder / "training.nc")
    return [folder / HOSTILE_NAME, folder / "training.nc"]


@pytest.mark.slow
def test_hostile_names_stay_text(tmp_path: Path) -> None:
    tame, wild = tmp_path / "tame.html", tmp_path / "wild.html"
    paths = hostile(tmp_path / "in")
    plain_names = [tmp_path / "a.nc", tmp_path / "b.nc"]
    for path, other in zip(paths, plain_names, strict=True):
        shutil.copy(path, other)
    report(*paths, "--out", wild)
    write_dataset(synthetic(3, 30, 0.3), plain_names[0])
    shutil.copy(FIXTURES / FILES["training"], plain_names[1])
    report(*plain_names, "--out", tame)
    found, expected = outline(wild), outline(tame)
    assert found.tags["script"] == expected.tags["script"] == 5
    assert found.tags["img"] == expected.tags["img"] == 0
    assert found.events == []
    assert all(link.startswith("#") for link in found.links)
    assert json.loads(found.json)["sections"][0]["fields"][0]["regime"] == HOSTILE
    own = wild.read_text(encoding="utf-8")
    assert "window.hacked=1</script>" not in own
    assert "<img src=x" not in own


@pytest.mark.slow
def test_no_plot_is_told_a_hostile_name(tmp_path: Path) -> None:
    paths = hostile(tmp_path / "in")
    report(*paths, "--out", tmp_path / "wild.html")
    text = (tmp_path / "wild.html").read_text(encoding="utf-8")
    (plots,) = re.findall(r"const docs_json = '(.*?)';\n", text)
    assert "hacked=1" in plots  # letters and digits of it are in a legend
    assert "$$" not in plots
    assert "onerror=window.hacked=1>" not in plots
    assert "<script" not in plots


def test_json_and_names_are_made_harmless() -> None:
    assert json.loads(as_json({"a": HOSTILE})) == {"a": HOSTILE}
    assert not set("<>&") & set(as_json({"a": HOSTILE}))
    assert not set("<>&$\\'\"/[]{}") & set(plain(HOSTILE + "\\(x\\)[]{}", 500))
    assert plain("n=3, p 2:1 (a+b)-c_d.e") == "n=3, p 2:1 (a+b)-c_d.e"
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"a": float("nan")})


@pytest.mark.slow
def test_several_kinds_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    report(*(FIXTURES / name for name in FILES.values()), "--out", out)
    assert str(out) in capsys.readouterr().out
    assert outline(out).tags["section"] >= len(FILES)
    assert list(tmp_path.iterdir()) == [out]


def test_an_ending_is_added(tmp_path: Path) -> None:
    report(FIXTURES / FILES["branches"], "--out", tmp_path / "page")
    assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]


def test_standard_output_takes_the_page_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["report", str(FIXTURES / FILES["annealing"]), "--out", "-"])
    said = capfd.readouterr()
    assert end.value.code == 0
    assert said.out.startswith("<!doctype html>")
    assert said.out.rstrip().endswith("</html>")


@pytest.mark.slow
def test_the_same_results_make_the_same_page(tmp_path: Path) -> None:
    pages = []
    for name in "ab":
        report(FIXTURES / FILES["census"], "--out", tmp_path / f"{name}.html")
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        pages.append(json.loads(outline(tmp_path / f"{name}.html").json))
        assert "https://cdn" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "no such file or folder: nowhere"),
        (["{empty}"], "no result files in"),
        (["{census}", "{census}"], "each path must be given once, got"),
        (["{text}"], "is not a NetCDF-4 file"),
        (["{census}", "--out", "page.pdf"], "must end in .html or .htm, got 'page.pdf'"),
        (["{census}", "--out", "{empty}"], "it must be a file, got a folder"),
        (["{sweep}", "--seed", "7"], "seed must be one of [0], got 7"),
        (["{census}", "--seed", "7"], "a seed chooses among the landscapes of a folder, got 7"),
        (["{census}", "--threads", "0"], "0 is not in the range"),
        ([], "Missing argument 'PATH...'"),
    ],
)
def test_what_cannot_be_is_one_line(
    words: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("empty", "sweep"):
        (tmp_path / name).mkdir()
    data = synthetic(2, 30, 0.3)
    put(tmp_path / "sweep", data.assign_attrs(job_identity=""))
    (tmp_path / "text").write_text("no result")
    places = {name: tmp_path / name for name in ("empty", "text", "sweep")}
    places["census"] = FIXTURES / FILES["census"]
    monkeypatch.chdir(tmp_path)
    given = [word.format(**places) for word in words]
    before = sorted(tmp_path.rglob("*"))
    assert said in refused(capsys, *given, *([] if "--out" in given else ["--out", "p.html"]))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_page_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Missing option '--out'" in refused(capsys, FIXTURES / FILES["census"])


def test_a_page_does_not_replace_what_it_is_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "census.html"
    write_dataset(open_file(FIXTURES / FILES["census"])[2], path)
    before = path.read_bytes()
    assert "the page would replace" in refused(capsys, path, "--out", path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "damaged.nc"
    write_dataset(open_file(FIXTURES / FILES[kind])[2], path)
    content = path.read_bytes()
    path.write_bytes(content[:-300] + b"?" + content[-299:])
    assert "damaged.nc" in refused(capsys, path, "--out", tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == [path]


def test_a_result_under_the_name_of_another_job_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, synthetic(2, 30, 0.3).assign_attrs(job_identity="abc"))
    assert "the result of another job" in refused(capsys, tmp_path, "--out", tmp_path / "p.html")


def test_a_kind_without_a_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(making.SECTIONS, "census")
    with pytest.raises(InputError, match=r"got .*census\.json of census"):
        making.make_report([FIXTURES / FILES["census"]], Path("never.html"))
    assert not Path("never.html").exists()


def test_a_page_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page.html"
    out.write_text("old")

    def interrupted(event: Progress) -> None:
        if event.unit == "steps" and event.done:
            raise KeyboardInterrupt

    monkeypatch.setattr(report_command, "_Forecast", lambda show: interrupted)
    with pytest.raises(SystemExit) as end:
        main(["report", str(FIXTURES / FILES["census"]), "--out", str(out)])
    assert end.value.code == 130
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_long_work_says_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("spinglass_cli.progress.time.monotonic", lambda: float(next(clock)))
    seen: list[Progress] = []
    tell = report_command._Forecast(seen.append)
    for done in range(5):
        tell(Progress(done, 40, "steps"))
    assert capsys.readouterr().err == "This will take about 6 min 20 s here\n"
    assert [event.done for event in seen] == list(range(5))
    short = report_command._Forecast(seen.append)
    clock = iter(value / 1000.0 for value in range(1000))
    for done in range(5):
        short(Progress(done, 40, "steps"))
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_without_its_library_one_line_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['bokeh'] = None\n"
        "from spinglass_cli.main import main; main(sys.argv[1:])"
    )
    words = ["report", str(FIXTURES / FILES["census"]), "--out", str(tmp_path / "page.html")]
    found = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (1, "")
    assert "this needs bokeh: pip install 'spinglass[report]'" in found.stderr
    assert found.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
