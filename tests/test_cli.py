"""The command line: help, exit codes, one-line errors, machine-readable output, interruption."""

import contextlib
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import spinglass.search.methods
import spinglass.sweep
from spinglass import open_result
from spinglass.errors import DamagedFileError, InputError
from spinglass.landscape.forms import draw_couplings
from spinglass.machine import core_count
from spinglass.parallel import thread_count
from spinglass_cli.compilation import ANNOUNCEMENT
from spinglass_cli.main import cli, main
from spinglass_cli.options import summary

HEAVY = {"numba", "sklearn", "matplotlib", "scipy", "xarray", "h5netcdf", "openTSNE", "rich"}
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]
SWEEP = """
[landscape]
n = 8
seeds = [0, 1]

[field]
nu = [0.0, 4.0]

[descent]
starts = 20
"""


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


ALL = dict(commands())


class Shell:
    """Runs the entry point in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        code: object = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = end.code or 0
        captured = self._capsys.readouterr()
        assert isinstance(code, int)
        return code, captured.out, captured.err.replace(f"{ANNOUNCEMENT}\n", "")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP)
    return path


def assert_one_line_error(error: str) -> None:
    """One line, and no more, that starts with Error: and says something."""
    assert error.startswith("Error: "), error
    assert error.endswith("\n"), error
    assert error.count("\n") == 1, error
    assert len(error) > 12


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "spinglass")
def test_every_help_ends_in_an_example(path: tuple[str, ...]) -> None:
    narrow = CliRunner(env={"COLUMNS": "80"})
    result = narrow.invoke(cli, [*path, "--help"], prog_name="spinglass")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {' '.join(('spinglass', *path))} ")
    last = result.output.strip().splitlines()[-1].strip()
    assert last.startswith("Example: spinglass "), last
    words = shlex.split(last.removeprefix("Example: spinglass "))
    assert ALL[path] is cli or tuple(words[: len(path)]) == path
    assert ALL[path].help
    assert all(option.help for option in ALL[path].params if isinstance(option, click.Option))


def lacks(command: click.Command) -> bool:
    """Whether a command cannot work where nothing is given."""
    return not isinstance(command, click.Group) and any(
        option.required
        or (option.name in {"n", "sizes"} and not isinstance(option.default, int | str))
        for option in command.params
    )


LACKING = [path for path, command in ALL.items() if lacks(command)]


@pytest.mark.parametrize("path", LACKING, ids=" ".join)
def test_what_lacks_everything_is_told_an_example(path: tuple[str, ...], shell: Shell) -> None:
    code, out, error = shell(*path)
    assert (code, out) == (2, "")
    assert error.count("\n") == 1
    assert f"Example: spinglass {' '.join(path)} " in error
    assert error.rstrip().endswith(f"(spinglass {' '.join(path)} --help)")


def test_commands_that_lack_everything_are_known() -> None:
    some = {("census",), ("points",), ("connect",), ("check",), ("validate",), ("sample",)}
    assert some <= set(LACKING)


def test_without_a_landscape_both_ways_to_give_one_are_named(shell: Shell) -> None:
    words = "Error: --n must be given where there is no --couplings, got neither. Example: "
    assert shell("check")[2].startswith(words)


def test_all_commands_are_there() -> None:
    expected = {"run", "sample", "sweep", "status", "show", "figure", "check"}
    assert expected <= set(cli.commands)
    assert {("figure", "landscape"), ("figure", "trivialization")} <= set(ALL)


@pytest.mark.parametrize("words", [["--help"], ["sample", "-h"], ["figure", "landscape", "-h"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from spinglass_cli.main import main\n"
        f"try: main({words!r})\n"
        "except SystemExit as end: assert not end.code\n"
        "print('loaded:', *{name.partition('.')[0] for name in sys.modules})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & HEAVY


def test_the_configurations_come_with_the_package(tmp_path: Path, shell: Shell) -> None:
    sources = list((Path(__file__).parents[1] / "configs").glob("*.toml"))
    code, listed, _ = shell("config")
    assert code == 0
    stems = [line.split()[0] for line in listed.splitlines()]
    assert stems == sorted(path.stem for path in sources)
    assert shell("config", "list")[1] == listed
    for path in sources:
        assert shell("config", path.stem) == (0, path.read_text(encoding="utf-8"), "")
        assert shell("config", path.name) == (0, path.read_text(encoding="utf-8"), "")


def test_the_package_runs_as_a_program() -> None:
    words = [sys.executable, "-m", "spinglass"]
    good, bad = (
        subprocess.run([*words, *more], capture_output=True, text=True, check=False)
        for more in (["sample", "--help"], ["check", "--n", "0"])
    )
    assert (good.returncode, bad.returncode) == (0, 2)
    assert good.stdout.startswith("Usage: spinglass sample ")
    assert_one_line_error(bad.stderr)


def test_help_answers_at_once() -> None:
    """In starts of a bare interpreter, and in processor time, which other work leaves alone."""

    def seconds(command: list[str]) -> float:
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime

    bare, help_ = zip(
        *(
            (seconds([sys.executable, "-c", "import click"]), seconds([*SPINGLASS, "--help"]))
            for _ in range(5)
        ),
        strict=True,
    )
    assert min(help_) < 5 * min(bare)


BAD_INPUT = {
    "p one": ("sample --n 8 --p 1 --out {new}/s.nc", "p must be an integer >= 2, got 1"),
    "n zero": ("sample --n 0 --out {new}/s.nc", "n must be an integer >= 2, got 0"),
    "n a word": ("sample --n many --out {new}/s.nc", "many"),
    "n missing": ("sample --out {new}/s.nc", "--n"),
    "nu nan": (
        "sample --n 8 --nu nan --out {new}/s.nc",
        "nu must be a finite number >= 0, got nan",
    ),
    "nu negative": ("sample --n 8 --nu -1 --out {new}/s.nc", "nu must be a finite number >= 0"),
    "starts": ("sample --n 8 --starts -4 --out {new}/s.nc", "starts must be an integer >= 1, got"),
    "seed": ("sample --n 8 --seed -1 --out {new}/s.nc", "seed must be an integer >= 0, got -1"),
    "start seed": ("sample --n 8 --start-seed -1 --out {new}/s.nc", "seed must be an integer >= 0"),
    "tol": ("sample --n 8 --tol 0 --out {new}/s.nc", "tol must be a finite number > 0"),
    "method": ("sample --n 8 --method magic --out {new}/s.nc", "flow"),
    "threads": ("sample --n 8 --threads 0 --out {new}/s.nc", "--threads"),
    "memory": ("sample --n 3000 --p 4 --out {new}/s.nc", "27,054,033,006,000 bytes"),
    "memory of a check": ("check --n 3000 --p 4", "27,054,033,006,000 bytes"),
    "check": ("check --n 1", "n must be an integer >= 2, got 1"),
    "unwritable": ("sample --n 8 --starts 5 --out {file}/sub/s.nc", "cannot write to"),
    "census into a folder": ("census --n 8 --out {folder}", "got a folder"),
    "follow into a folder": ("follow --n 8 --out {folder}", "got a folder"),
    "anneal into a folder": ("anneal --n 8 --out {folder}", "got a folder"),
    "sizes of a figure": ("figure phase --n 1", "--n must be between 2 and 2000, got 1"),
    "index of points": ("theory counts --n 9 --index 9", "--index must be between 0 and 8, got 9"),
    "field to anneal from": ("anneal --n 8 --from -1", "--from must be a finite number > 0, got"),
    "out is a folder": ("sample --n 8 --starts 5 --out {folder}", "folder"),
    "unwritable sweep": ("sweep {good} --out {file}/sub", "cannot write to"),
    "unknown key": ("sweep {unknown} --out {new}", "descent.steps: unknown key"),
    "unknown key, run": ("run {unknown} --out {new}", "descent.steps: unknown key"),
    "large sweep": ("sweep {large} --out {new}", "27,054,033,006,000 bytes"),
    "no regime": ("sweep {regime} --out {new}", "regime exponential needs p >= 3, got p = 2"),
    "no config": ("sweep {new}/none.toml --out {new}", "cannot read"),
    "config of no name": ("config fast", "quick, validate, got 'fast'"),
    "show nothing": ("show {new}", "no such file"),
    "show an empty folder": ("show {folder}", "no result files"),
    "status of nothing": ("status {folder}", "holds no sweep"),
    "status of no folder": ("status {new}", "no such folder"),
    "figure of nothing": ("figure landscape {folder}", "no result files"),
    "figure of no folder": ("figure trivialization {new}", "no such folder"),
    "a size twice": ("inherent --n 10,9,10 --temperatures 1", "no value twice, got 10 2 times"),
    "a temperature twice": (
        "inherent --n 9 --temperatures 1:1:2",
        "no value twice, got 1.0 2 times",
    ),
    "a size drawn twice": ("figure phase --n 25,25", "no value twice, got 25 2 times"),
    "a word twice": ("validate --n 5 --p 3 --nu critical,0,critical", "got 'critical' 2 times"),
    "connected share": (
        "connect --n 5 --share 2",
        "finite number in (0, 1], got 2",
    ),
    "unseen saddles": ("connect --n 5 --unseen-saddles 0", "Error: --unseen-saddles must be"),
    "budget of a census": ("census --n 5 --max-starts 0", "Error: --max-starts must be an integer"),
    "budget of all": ("follow --n 5 --max-starts 0", "Error: --max-starts must be an integer"),
    "an energy of none": ("theory counts --n 5 --below nan", "Error: --below must be a finite"),
    "one place for both": ("export {folder} a.csv --out b.csv", "got a.csv and --out b.csv"),
    "ending of a graph": ("connect --n 5 --out {new}/g.txt", ".nc, .json or .graphml"),
    "tree of nothing": ("figure disconnectivity {new}.json", "cannot read"),
    "tree of no graph": ("figure disconnectivity {file}", "not a NetCDF-4 file"),
    "verify no graph": ("verify {new}.json", "cannot read"),
    "no such command": ("descend", "descend"),
    "no such option": ("sample --n 8 --out {new}/s.nc --colour red", "--colour"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_code_2(case: str, tmp_path: Path, shell: Shell) -> None:
    command, words = BAD_INPUT[case]
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    texts = {
        "good": SWEEP,
        "unknown": SWEEP + "steps = 3\n",
        "large": SWEEP.replace("n = 8", "n = [8, 3000]\np = 4"),
        "regime": SWEEP.replace("n = 8", "n = 8\np = 2").replace(
            "nu = [0.0, 4.0]", 'regime = "exponential"'
        ),
    }
    places = {name: tmp_path / name for name in ("new", "folder", "file")}
    for name, text in texts.items():
        places[name] = tmp_path / f"{name}.toml"
        places[name].write_text(text)
    before = sorted(tmp_path.rglob("*"))
    code, _, error = shell(*shlex.split(command.format(**places)))
    assert code == 2
    assert words in error
    assert_one_line_error(error)
    assert sorted(tmp_path.rglob("*")) == before


def test_no_words_show_the_help(shell: Shell) -> None:
    code, out, error = shell()
    assert code == 2
    assert "Usage: spinglass" in out + error


def test_a_damaged_file_is_code_2(tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "n8-p3-nu0-seed0-damaged.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    for words in (("show", path), ("show", tmp_path), ("figure", "landscape", tmp_path)):
        code, out, error = shell(*words)
        assert (code, out) == (2, "")
        assert path.name in error
        if words == ("show", tmp_path):
            skipped, _, error = error.partition("\n")
            assert skipped.startswith("Not read: "), skipped
            assert "1 of 1 files" in error
        assert_one_line_error(error)


def test_debug_gives_the_traceback(tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "none.nc"
    with pytest.raises(InputError, match="no such file"):
        shell("--debug", "show", path)
    path.touch()
    with pytest.raises(DamagedFileError):
        shell("--debug", "show", path)
    result = subprocess.run(
        [*SPINGLASS, "--debug", "check", "--n", "0"], capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "Traceback (most recent call last)" in result.stderr
    assert "InputError: n must be" in result.stderr


def test_sample_then_show(tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "deep" / "sample.nc"
    words = ("--n", 8, "--p", 3, "--nu", 0.5, "--seed", 2, "--starts", 30, "--out", path)
    code, out, _ = shell("sample", *words)
    assert code == 0
    lines = out.strip().splitlines()
    assert lines[-1] == f"Written: {path}"
    assert os.listdir(path.parent) == ["sample.nc"]

    data = open_result(path)
    assert (data.attrs["n"], data.attrs["p"], data.attrs["nu"], data.attrs["seed"]) == (
        8,
        3,
        0.5,
        2,
    )
    code, out, _ = shell("show", path, "--json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["n"], row["p"], row["nu"], row["seed"], row["starts"]) == (8, 3, 0.5, 2, 30)
    assert sum(row["status"].values()) == 30
    assert row["certified"] == row["status"]["minimum"] == int((data["status"] == 0).sum())
    assert row["distinct"] == data.sizes["minimum"]
    assert row["lowest"] == float(data["minimum_energy"].min())
    assert row["largest"] == float(data["minimum_count"].max()) / 30

    code, out, _ = shell("show", path)
    assert code == 0
    assert f"{row['lowest']:.6f}" in out
    assert "lowest H/n" in out


def test_sample_without_a_minimum_is_valid_json(tmp_path: Path, shell: Shell) -> None:
    """What did not converge is a status, and JSON knows no nan."""
    path = tmp_path / "loose.nc"
    code, _, error = shell("sample", "--n", 8, "--starts", 5, "--tol", 0.9, "--out", path)
    assert code == 1
    assert error.endswith(
        "none of 5 descents has ended in a certified minimum, at --tol 0.9: 5 degenerate\n"
    )
    code, out, _ = shell("show", path, "--json")
    assert code == 0
    (row,) = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert row["starts"] == sum(row["status"].values()) == 5
    assert shell("show", path)[0] == 0


def test_sweep_status_show_and_resume(config: Path, tmp_path: Path, shell: Shell) -> None:
    out_folder = tmp_path / "out"
    code, out, _ = shell("sweep", config, "--out", out_folder)
    assert code == 0
    lines = out.strip().splitlines()
    assert lines[0] == f"Output: {out_folder}"
    assert str(out_folder) in lines[-1]
    assert "4 jobs" in lines[-1]
    assert out.count("distinct minima") == 4

    code, out, _ = shell("status", out_folder, "--json")
    state = json.loads(out)
    assert (code, state["counts"]) == (0, {"done": 4})
    assert set(state["jobs"]) == {path.name for path in out_folder.glob("*.nc")}

    first = sorted(out_folder.glob("*.nc"))[0]
    first.unlink()
    assert "3 done, 1 missing, 0 damaged" in shell("status", out_folder)[1]
    second = sorted(out_folder.glob("*.nc"))[0]
    second.write_bytes(second.read_bytes()[:5000])
    code, out, _ = shell("status", out_folder)
    assert code == 0
    assert "2 done, 1 missing, 1 damaged" in out

    code, out, _ = shell("sweep", config, "--out", out_folder)
    assert code == 0
    assert "2 done now, 2 before" in out
    rows = json.loads(shell("show", out_folder, "--json")[1])
    assert len(rows) == 4
    assert {(row["seed"], row["nu"]) for row in rows} == {(s, nu) for s in (0, 1) for nu in (0, 4)}


def test_check_passes_and_says_errors(shell: Shell) -> None:
    code, out, error = shell("check", "--n", 8, "--p", 4, "--nu", 1.0)
    assert (code, error) == (0, "")
    assert "PSpin(n=8, p=4, nu=1" in out
    assert out.count("passed") == 2
    errors = re.findall(r"largest error on \d+ circles (\S+), radial part (\S+):", out)
    assert len(errors) == 2
    assert all(float(number) < 1e-13 for pair in errors for number in pair)


def test_a_failing_check_is_code_1(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from spinglass.landscape.drawn import PSpin

    right = PSpin.gradient
    monkeypatch.setattr(PSpin, "gradient", lambda self, x: 1.01 * right(self, x))
    code, out, error = shell("check", "--n", 8)
    assert code == 1
    assert "FAILED" in out
    assert_one_line_error(error)


def test_interrupted_anywhere_is_code_130(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spinglass.descend", interrupt)
    code, _, error = shell("sample", "--n", 8, "--out", tmp_path / "s.nc")
    assert code == 130
    assert "Interrupted" in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_interrupted_sweep_says_what_is_done_and_resumes(tmp_path: Path, shell: Shell) -> None:
    config, folder = tmp_path / "long.toml", tmp_path / "out"
    config.write_text(
        "[landscape]\nn = 20\nseeds = [" + ", ".join(map(str, range(10))) + "]\n"
        "[field]\nnu = 0.0\n[descent]\nstarts = 300\n"
    )
    process = subprocess.Popen(
        [*SPINGLASS, "sweep", str(config), "--out", str(folder), "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "distinct minima" in line:
                break
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, error
    assert "Traceback" not in error
    (said,) = [line for line in out.splitlines() if line.startswith("Interrupted: ")]
    done = int(said.split()[1])
    assert 1 <= done < 10
    assert f"{done} of 10 jobs are done" in said
    assert len(list(folder.glob("*.nc"))) == done
    assert list(folder.glob(".*")) == []

    code, out, _ = shell("sweep", config, "--out", folder)
    assert code == 0
    assert f"{10 - done} done now, {done} before" in out
    assert len(list(folder.glob("*.nc"))) == 10


def test_an_interrupt_that_a_library_swallows_stops_at_the_next_border(
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def swallow(*arguments: object, **options: object) -> object:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return run_sweep(*arguments, **options)  # type: ignore[arg-type]

    run_sweep = spinglass.sweep.run_sweep
    monkeypatch.setattr("spinglass.sweep.run_sweep", swallow)
    with pytest.raises(SystemExit) as end:
        main(["sweep", str(config), "--out", str(tmp_path / "out"), "--threads", "1"])
    assert end.value.code == 130
    assert "Interrupted: 0 of " in capsys.readouterr().out


def test_run_sweeps_and_draws(config: Path, tmp_path: Path, shell: Shell) -> None:
    config.write_text(SWEEP + '\n[figure]\ndraw = ["trivialization"]\n')
    folder = tmp_path / "out"
    code, out, _ = shell("run", config, "--out", folder, "--threads", 1)
    assert code == 0
    for suffix in ("pdf", "png", "nc"):
        assert (folder / f"trivialization.{suffix}").stat().st_size > 1000
        assert f"Written: {folder}/trivialization.{suffix}" in out
    code, out, _ = shell("show", folder, "--json")
    assert (code, len(json.loads(out))) == (0, 4)  # the figure's numbers are no result


@pytest.mark.parametrize(
    "group", [cli, *(c for c in cli.commands.values() if hasattr(c, "commands"))]
)
def test_the_summary_of_every_command_is_whole(group: click.Group) -> None:
    said = CliRunner().invoke(group, ["--help"], terminal_width=80).output
    assert "..." not in said.replace("[ARGS]...", "")
    for command in group.commands.values():
        assert summary(command) in " ".join(said.split())
        assert re.fullmatch(r"[A-Z][a-z]+ .*[\w)`]\.", summary(command)), summary(command)


@pytest.mark.parametrize(
    ("command", "name", "word"),
    [
        (("census", "--n", 8), "minima.json", "basin entropy"),
        (("census", "--n", 8), "minima.nc", "basin entropy"),
        (("census", "--n", 8), "minima", "basin entropy"),
        (("census", "--n", 2, "--max-starts", 1), "one.nc", "distinct"),
        (("connect", "--n", 8), "graph.nc", "searches for saddles"),
        (("anneal", "--n", 6, "--samples", 2, "--starts", 5), "a.nc", "jumps on the way"),
        (("anneal", "--n", 6, "--samples", 2, "--starts", 5), "a.json", "jumps on the way"),
        (("census", "--n", 2, "--max-starts", 1), "one.json", "distinct"),
        (("connect", "--n", 8), "graph.json", "searches for saddles"),
        (("follow", "--n", 6, "--fields", 2), "branches.nc", "branches of minima"),
    ],
)
def test_every_kind_of_file_is_shown_as_its_command_did(
    command: tuple[str | int, ...], name: str, word: str, tmp_path: Path, shell: Shell
) -> None:
    path = tmp_path / name
    said = shell(*command, "--json", "--out", path)[1]
    path = path if path.suffix else path.with_suffix(".nc")
    code, out, error = shell("show", path, "--json")
    assert (code, error) == (0, "")
    assert json.loads(out) == json.loads(said)
    code, out, _ = shell("show", path)
    assert code == 0
    assert word in out


def test_a_file_of_no_known_kind_is_one_line(tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "x.json"
    for text in ("{}", "[1]", '{"weights_by_rank": []}', '{"graph": 1, "nodes": 2, "edges": 3}'):
        path.write_text(text)
        for words in (("show", path), ("verify", path), ("figure", "disconnectivity", path)):
            code, out, error = shell(*words)
            assert (code, out) == (2, ""), words
            assert_one_line_error(error)
    for word in ("show", "verify"):
        path.write_text('{"directed": false}')
        assert "is not a file of spinglass; those are of descents, census" in shell(word, path)[2]
        path.write_text("[" * 100_000)
        assert "is not valid JSON: it is nested too deeply" in shell(word, path)[2]


@pytest.mark.parametrize("command", ["sample --out {out}/s.nc --starts 3", "census", "check"])
def test_a_command_keeps_to_its_threads_from_the_drawing_on(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def draw(*arguments: int) -> object:
        seen.append(thread_count())
        return draw_couplings(*arguments)

    monkeypatch.setattr("spinglass.landscape.drawn.draw_couplings", draw)
    words = command.format(out=tmp_path).split()
    told = [] if words[0] == "check" else ["--threads", "3"]
    done = CliRunner().invoke(cli, [*words, "--n", "6", *told], catch_exceptions=False)
    assert done.exit_code == 0
    assert seen == [3 if told else core_count()]
    assert thread_count() == core_count()


def test_a_share_does_not_say_that_it_has_done_everything(
    config: Path, tmp_path: Path, shell: Shell
) -> None:
    ends = []
    for number in (1, 2):
        code, out, _ = shell("sweep", config, "--out", tmp_path / "out", "--shard", f"{number}/2")
        assert code == 0
        ends.append(out.strip().splitlines()[-1])
        assert "2 of 4 jobs, 2 to do" in out.splitlines()
    done = f"2 of 4 jobs (2 done now, 0 before) in {tmp_path / 'out'}"
    assert ends == [f"Finished: share 1/2, {done}", f"Finished: share 2/2, {done}"]


@pytest.mark.slow
def test_a_share_says_how_many_jobs_wait_for_others(
    config: Path, tmp_path: Path, shell: Shell
) -> None:
    ends = []
    for number in (1, 2):
        cut = ("--part-starts", 10, "--shard", f"{number}/2")
        code, out, _ = shell("sweep", config, "--out", tmp_path / "out", *cut)
        assert code == 0
        ends.append(out.strip().splitlines()[-1])
    assert "share 1/2, 4 of 4 jobs (0 done now, 0 before, 4 waiting for other shares)" in ends[0]
    assert "share 2/2, 4 of 4 jobs (4 done now, 0 before)" in ends[1]


def test_a_refused_command_does_not_redirect_the_next(shell: Shell) -> None:
    assert shell("census", "--out", "-", "--n", "none")[0] == 2
    code, out, error = shell("config", "list")
    assert (code, error) == (0, "")
    assert "quick" in out
