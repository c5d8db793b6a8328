"""Any configuration and any command line: done or explained, code 2 with the key, never a crash."""

import itertools
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spinglass.sweep.sweep_run
from spinglass.sweep import Account
from spinglass_cli.main import cli, main

PATIENCE = 60
FUZZ = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

GOOD = {
    "landscape": {"n": 8, "p": 3, "seeds": [0, 1]},
    "field": {"nu": [0.0, 0.5]},
    "descent": {
        "starts": 20,
        "start_seed": 0,
        "method": "flow",
        "tol": 1e-8,
        "max_gradients": 1000,
    },
    "figure": {"draw": ["landscape"], "embedding": "sklearn", "perplexity": 5.0},
}

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=5)
whole_junk = st.one_of(
    st.integers(max_value=-1),
    st.integers(min_value=2**63),
    st.floats(),
    st.booleans(),
    texts,
    st.just({}),
    st.dictionaries(texts, st.integers(), min_size=1, max_size=2),
)
number_junk = st.one_of(
    st.floats(max_value=-1e-6),
    st.sampled_from([float("inf"), float("nan"), 1e301, True]),
    texts,
    st.dictionaries(texts, st.integers(), min_size=1, max_size=2),
)
word_junk = texts | st.integers() | st.booleans()
JUNK = {
    "landscape.n": whole_junk | st.just([]) | st.lists(whole_junk, min_size=1, max_size=2),
    "landscape.p": whole_junk | st.just(1) | st.just(65),
    "landscape.seeds": whole_junk | st.just({"range": [3, 1]}) | st.just({"range": [0, 10**9]}),
    "field.nu": number_junk | st.just({"linspace": [0, 1, 10**9]}),
    "descent.starts": whole_junk | st.just(0) | st.just([5]),
    "descent.start_seed": whole_junk,
    "descent.method": word_junk,
    "descent.tol": number_junk | st.just(0.0) | st.just(1.0),
    "descent.max_gradients": whole_junk | st.just(0),
    "descent.points": whole_junk | st.just([{}]) | st.just([{"n": 9, "starts": 1}]),
    "figure.draw": word_junk,
    "figure.embedding": word_junk,
    "figure.perplexity": number_junk | st.just(1.0),
    "field.regime": word_junk | st.just([]),
}

wrong_count = st.sampled_from(["0", "-1", "x", "1e3", "", "1.5", "nan", str(2**70), "--"])
OPTIONS = {
    "--threads": wrong_count,
    "--workers": wrong_count | st.just("5000"),
    "--part-starts": wrong_count.filter(lambda word: word != str(2**70)),
    "--engine": texts,
    "--scheduler": st.sampled_from(["x", "tcp://", "tcp://h", ":::", "tcp://h:x", "a b:1", ":1"]),
    "--shard": st.sampled_from(["0/1", "2/1", "1", "/", "1/", "a/b", "-1/2", "1/2/3", "١/٢", ""]),
    "--time-limit": st.sampled_from(["-5m", "m", "5 m", "1e3", "nan", "inf", "5y", "", "٥m"]),
    "--set": st.sampled_from(
        ["", "=", "starts=5", "descent", "descent.=1", "descent.starts.x=1", "a.b=1", "descent=1"]
    ),
}


def toml(value: object) -> str:
    """Write a value as TOML; JSON serves for texts."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def text_of(tables: dict[str, object]) -> str:
    return "\n".join(f"{toml(name)} = {toml(table)}" for name, table in tables.items())


@contextmanager
def patience() -> Iterator[None]:
    """Fail where a command hangs."""

    def hangs(*_: object) -> None:
        pytest.fail("the command hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Fuzz:
    """Runs the entry point on a configuration; what would be computed is only planned."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self._numbers = itertools.count()

    def sweep(self, text: str, *words: str) -> tuple[int, str]:
        path = self._folder / f"{next(self._numbers)}.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        out = self._folder / "out"
        code, err = self(["sweep", str(path), "--out", str(out), *words])
        assert not out.exists()
        return code, err

    def __call__(self, words: list[str]) -> tuple[int, str]:
        """Return the exit code and what was said on standard error."""
        with patience(), pytest.raises(SystemExit) as end:
            main(words)
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        code = end.value.code or 0
        assert isinstance(code, int)
        assert (code == 2) == bool(said.err), (words, code, said.err)
        return code, said.err


@pytest.fixture
def fuzz(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Fuzz:
    def plan_only(config: object, *_: object, **__: object) -> Account:
        jobs = spinglass.sweep.sweep_run.plan_jobs(config)  # type: ignore[arg-type]
        spinglass.sweep.sweep_run._check_room(jobs, None)
        return Account(len(jobs), len(jobs))

    monkeypatch.setattr("spinglass.sweep.run_sweep", plan_only)
    monkeypatch.setattr("spinglass.search.descent_cost.machine_speed", lambda: 1.0)
    monkeypatch.chdir(tmp_path)
    return Fuzz(tmp_path, capsys)


def test_the_good_configuration_is_good(fuzz: Fuzz) -> None:
    assert fuzz.sweep(text_of(GOOD)) == (0, "")


def is_good(key: str, value: object) -> bool:
    """Whether junk has hit upon what is allowed."""
    if key in (
        "landscape.n",
        "landscape.p",
        "landscape.seeds",
        "descent.start_seed",
        "descent.starts",
    ):
        return type(value) is int and 2 <= value <= 64
    return (key, value) in (("descent.method", "gd"), ("figure.embedding", "opentsne"))


@given(st.sampled_from(sorted(JUNK)).flatmap(lambda k: st.tuples(st.just(k), JUNK[k])))
@settings(FUZZ, max_examples=200)
def test_one_bad_value_is_named(fuzz: Fuzz, case: tuple[str, object]) -> None:
    key, value = case
    section, name = key.split(".")
    tables = json.loads(json.dumps(GOOD))
    tables[section][name] = value
    code, err = fuzz.sweep(text_of(tables))
    if is_good(key, value):
        assert (code, err) == (0, "")
        return
    assert code == 2, (key, value)
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    named = {"field.regime": "field", "landscape.seeds": "seeds"}.get(key, key)
    assert named in err, (key, value, err)


@given(st.sampled_from(sorted(OPTIONS)).flatmap(lambda k: st.tuples(st.just(k), OPTIONS[k])))
@settings(FUZZ, max_examples=100)
def test_one_bad_option_is_named(fuzz: Fuzz, case: tuple[str, str]) -> None:
    option, value = case
    for more in ([], ["--dry-run"]):
        code, err = fuzz.sweep(text_of(GOOD), option, value, *more)
        assert code == 2, (option, value)
        table = value.partition("=")[0].partition(".")[0]
        argument = {"--set": "setting"}.get(option, option.removeprefix("--"))
        assert argument in err or (option == "--set" and table and table in err), (value, err)


words_of_sweep = st.sampled_from([*OPTIONS, "--dry-run", "--redo-foreign", "--out", "-h", "--json"])
any_words = st.lists(
    words_of_sweep
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
    | st.sampled_from(["1", "2", "1/2", "5m", "local", "descent.starts=3", "\udcff", "-", "--"]),
    max_size=4,
)


@given(st.text(max_size=30) | st.just(text_of(GOOD)), any_words)
@settings(FUZZ, max_examples=200)
def test_anything_is_done_or_explained(fuzz: Fuzz, text: str, words: list[str]) -> None:
    code, _ = fuzz.sweep(text, *words)
    assert code in (0, 2)


hostile = st.sampled_from(["-1", "0", "nan", "inf", "-inf", "1e400", "x", "", "9" * 19, "9" * 400])


def leaves(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that is no group, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(leaves())
NUMBERS = (click.types.IntParamType, click.types.FloatParamType)
NOWHERE = "/dev/null/nowhere"
BEYOND_MEMORY = "2000000000"

UNBOUNDED = {("bench",), ("network",), ("warmup",)}
"""Commands that compute whatever they are told: only what click refuses is tried of these."""


DRAWN = {("figure", "complexity"), ("figure", "marginal"), ("figure", "phase")}
"""Figures that need no file: they are drawn, in seconds, at any path that can be written to."""


def is_number(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, NUMBERS)


def needed(path: tuple[str, ...], without: click.Parameter | None = None) -> list[str]:
    """The words that a command must be given; its landscape is beyond memory, its files nowhere."""
    words = list(path)
    for parameter in COMMANDS[path].params:
        if parameter is without:
            continue
        if isinstance(parameter, click.Argument) and parameter.name != "name":
            words.append(NOWHERE)
        elif parameter.name == "n" and path[0] != "theory" and "--n" in parameter.opts:
            words.append(f"--n={BEYOND_MEMORY}")
        elif parameter.name == "out" and isinstance(parameter, click.Option):
            words.append(f"--out={NOWHERE}")
        elif parameter.name == "temperatures":
            words.append("--temperatures=0.85")
        elif isinstance(parameter, click.Option) and parameter.required:
            words.append(f"{parameter.opts[0]}={5 if is_number(parameter) else NOWHERE}")
    return words


OPTIONS_OF_ALL = [
    (path, option)
    for path, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag
]


def test_every_command_is_tried() -> None:
    tried = {path[0] for path, _ in OPTIONS_OF_ALL} | {
        "config",
        "status",
        "table",
        "show",
        "warmup",
    }
    assert tried >= set(cli.commands)


def is_refused(path: tuple[str, ...], option: click.Option, value: str) -> bool:
    """Whether click itself refuses a value."""
    try:
        COMMANDS[path].make_context(path[-1], [*needed(path, option)[len(path) :], value])
    except click.ClickException:
        return True
    return False


UNTRIED = () if find_spec("torch") else (("train",),)
"""Commands that say, before anything else, that what they need is not installed."""


@pytest.mark.slow
@given(st.sampled_from(OPTIONS_OF_ALL), hostile)
@settings(FUZZ, max_examples=400)
def test_hostile_values_are_done_or_explained(
    fuzz: Fuzz, case: tuple[tuple[str, ...], click.Option], value: str
) -> None:
    """Of every option of every command."""
    path, option = case
    if path in UNTRIED:
        return
    word = f"{option.opts[0]}={value}"
    unbounded = path in UNBOUNDED or (path in DRAWN and option.name == "out")
    if unbounded and not is_refused(path, option, word):
        return
    code, err = fuzz([*needed(path, option), word])
    assert code in (0, 2), (case, value, err)
    assert err.count("\n") <= 1, err


@pytest.mark.slow
@given(st.sampled_from(sorted(COMMANDS)), any_words)
@settings(FUZZ, max_examples=250)
def test_any_words_are_done_or_explained(
    fuzz: Fuzz, path: tuple[str, ...], words: list[str]
) -> None:
    """After the name of every command."""
    if path in UNTRIED:
        return
    if path in UNBOUNDED:
        words = [*words, "--no-such-option"]
    code, err = fuzz([*path, *words])
    assert code in (0, 2), (path, words, err)
