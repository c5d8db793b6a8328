"""Configurations: what is wrong is said with the file, the key and what is allowed."""

import datetime
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinglass.errors import InputError
from spinglass.files.toml import check_tables, read_json
from spinglass.search import METHODS
from spinglass.sweep import SweepConfig, load_sweep, plan_jobs

CONFIGS = Path(__file__).parents[1] / "configs"
GOOD = "[landscape]\nn = 8\n[field]\nnu = 0.0\n"
AT_FIELD = "[field]\nnu = 0.0\n"
AT_N = "[landscape]\nn = 8\n"

BAD = {
    "unknown section": (GOOD + "[landscap]\n", "landscap", "descent, field, figure, landscape"),
    "unknown in landscape": (
        "[landscape]\nn = 8\nN = 9\n" + AT_FIELD,
        "landscape.N",
        "n, p, pinned",
    ),
    "unknown in field": (GOOD + "strength = 1\n", "field.strength", "nu, nu_over_critical, regime"),
    "unknown in descent": (GOOD + "[descent]\nsteps = 1\n", "descent.steps", "starts, tol"),
    "unknown in figure": (GOOD + "[figure]\ncolour = 1\n", "figure.colour", "draw, embedding"),
    "no landscape": (AT_FIELD, "landscape", "required"),
    "no field": (AT_N, "field", "required"),
    "landscape is a number": (
        "landscape = 1\n" + AT_FIELD,
        "landscape",
        "a table of keys and values",
    ),
    "n a whole book": (
        '[landscape]\nn = "' + 500 * "7" + '"\n' + AT_FIELD,
        "landscape.n",
        "7777...",
    ),
    "n missing": ("[landscape]\np = 3\n" + AT_FIELD, "landscape.n", "required"),
    "n zero": ("[landscape]\nn = 0\n" + AT_FIELD, "landscape.n", "greater than or equal to 2"),
    "n negative": ("[landscape]\nn = -8\n" + AT_FIELD, "landscape.n", "or equal to 2"),
    "n a word": ('[landscape]\nn = "many"\n' + AT_FIELD, "landscape.n", "valid integer"),
    "n a float": ("[landscape]\nn = 8.0\n" + AT_FIELD, "landscape.n", "valid integer"),
    "n a truth value": ("[landscape]\nn = true\n" + AT_FIELD, "landscape.n", "valid integer"),
    "n a date": ("[landscape]\nn = 2020-01-01\n" + AT_FIELD, "landscape.n", "valid integer"),
    "n empty": ("[landscape]\nn = []\n" + AT_FIELD, "landscape.n", "at least 1 item"),
    "n list": ("[landscape]\nn = [8, 1]\n" + AT_FIELD, "landscape.n.1", "or equal to 2"),
    "p one": (AT_N + "p = 1\n" + AT_FIELD, "landscape.p", "greater than or equal to 2"),
    "p list": (AT_N + "p = [3, 1]\n" + AT_FIELD, "landscape.p.1", "or equal to 2"),
    "seeds negative": (AT_N + "seeds = [0, -1]\n" + AT_FIELD, "landscape.seeds.1", "equal to 0"),
    "nu nan": (AT_N + "[field]\nnu = nan\n", "field.nu", "finite number"),
    "nu inf": (AT_N + "[field]\nnu = inf\n", "field.nu", "finite number"),
    "nu negative": (AT_N + "[field]\nnu = -0.5\n", "field.nu", "greater than or equal to 0"),
    "nu list": (AT_N + "[field]\nnu = [0.0, -0.5]\n", "field.nu.1", "or equal to 0"),
    "nu nan in list": (AT_N + "[field]\nnu = [0.0, nan]\n", "field.nu.1", "finite number"),
    "ratio negative": (AT_N + "[field]\nnu_over_critical = -1\n", "nu_over_critical", "equal to 0"),
    "regime": (AT_N + '[field]\nregime = "cold"\n', "field.regime", "'exponential', 'polynomial'"),
    "two fields": (GOOD + 'regime = "trivial"\n', "field", "exactly one of nu, nu_over_critical"),
    "no field key": (AT_N + "[field]\n", "field", "exactly one of nu, nu_over_critical, regime"),
    "starts negative": (GOOD + "[descent]\nstarts = -5\n", "descent.starts", "or equal to 1"),
    "starts zero": (GOOD + "[descent]\nstarts = 0\n", "descent.starts", "or equal to 1"),
    "starts a float": (GOOD + "[descent]\nstarts = 1e3\n", "descent.starts", "valid integer"),
    "method": (
        GOOD + '[descent]\nmethod = "magic"\n',
        "descent.method",
        " or ".join(", ".join(map(repr, METHODS)).rsplit(", ", 1)),
    ),
    "tol zero": (GOOD + "[descent]\ntol = 0.0\n", "descent.tol", "greater than 0"),
    "tol nan": (GOOD + "[descent]\ntol = nan\n", "descent.tol", "finite number"),
    "tol one": (GOOD + "[descent]\ntol = 1.0\n", "descent.tol", "less than 1"),
    "work": (GOOD + "[descent]\nmax_gradients = 0\n", "descent.max_gradients", "or equal to 1"),
    "draw a word": (GOOD + '[figure]\ndraw = "landscape"\n', "figure.draw", "valid list"),
    "draw unknown": (GOOD + '[figure]\ndraw = ["pie"]\n', "figure.draw.0", "'trivialization'"),
    "starts many": (GOOD + "[descent]\nstarts = 1000000001\n", "descent.starts", "equal to 10000"),
    "points": (GOOD + "[descent]\npoints = 3\n", "descent.points", "valid list"),
    "point": (GOOD + "[[descent.points]]\nn = 8\n", "descent.points.0.starts", "required"),
    "point n": (
        GOOD + "[[descent.points]]\nstarts = 8\nn = 1\n",
        "descent.points.0.n",
        "greater than or equal to 2",
    ),
    "point key": (
        GOOD + "[[descent.points]]\nstarts = 8\nm = 1\n",
        "descent.points.0.m",
        "n, nu, nu_over_critical, p, regime, seeds, starts",
    ),
    "point range": (
        GOOD + "[[descent.points]]\nstarts = 8\nnu = {between = [2, 1]}\n",
        "descent.points.0.nu",
        "two numbers in order",
    ),
    "point nowhere": (
        GOOD + "[[descent.points]]\nstarts = 8\nn = 9\n",
        "descent.points.0",
        "must match points of the grid",
    ),
    "regime of p = 2": (
        '[landscape]\nn = 8\np = 2\n[field]\nregime = "exponential"\n',
        "field.regime",
        "needs p >= 3",
    ),
    "embedding": (GOOD + '[figure]\nembedding = "umap"\n', "figure.embedding", "'sklearn'"),
    "perplexity": (GOOD + "[figure]\nperplexity = 0.5\n", "figure.perplexity", "greater than 1"),
    "not TOML": ("[landscape\nn = 8\n", "", "not valid TOML"),
    "key twice": (GOOD + "nu = 1.0\n", "", "not valid TOML"),
    "number too long": (AT_FIELD + "[landscape]\nn = " + 5000 * "1", "", "not valid TOML"),
    "nested too deep": ("n = " + 5000 * "[", "", "not valid TOML"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_configuration_is_explained(case: str, tmp_path: Path) -> None:
    text, key, allowed = BAD[case]
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_sweep(path)
    message = str(caught.value)
    assert str(path) in message
    assert key in message
    assert allowed in message


@pytest.mark.parametrize(
    "case", ["p one", "n list", "nu nan", "nu list", "regime", "n empty", "point n", "point range"]
)
def test_one_mistake_is_one_problem_in_the_users_words(case: str, tmp_path: Path) -> None:
    """A number-or-list key reports the form that was used, without the names of schema parts."""
    text, key, _ = BAD[case]
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_sweep(path)
    problem = str(caught.value).removeprefix(f"{path}: ")
    assert problem.startswith(f"{key}: ")
    assert ";" not in problem
    assert "constrained" not in problem
    assert "function-" not in problem
    assert "literal[" not in problem


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[landscape]\nn = 0\n[field]\nnu = 0.0\n[descent]\nstarts = 0\ntol = 2.0\n")
    with pytest.raises(InputError, match=r"landscape\.n.*descent\.starts.*descent\.tol"):
        load_sweep(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('spike = "x"', "a spike is written order:strength as in 3:1.3, got 'x'"),
        ("spike = 3", "a spike is written order:strength as in 3:1.3, got 3"),
        ('spike = "3:-1"', "the strength of a spike must be a finite number > 0, got -1.0"),
        ('planted = "x"', "should be a valid number, got 'x'"),
        ("planted = 0.0", "should be greater than or equal to 0.000001, got 0.0"),
    ],
)
def test_a_value_is_told_once(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f"[landscape]\nn = 8\n{line}\n[field]\nnu = 0.0\n[descent]\nstarts = 9\n")
    with pytest.raises(InputError) as refused:
        load_sweep(path)
    assert str(refused.value) == f"{path}: landscape.{line.split()[0]}: {words}"


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*absent\.toml: No such file"):
        load_sweep(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="must be a regular file, got a folder"):
        load_sweep(tmp_path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(InputError, match=r"binary\.toml is not valid TOML"):
        load_sweep(tmp_path / "binary.toml")


def test_defaults_and_single_numbers(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    config = load_sweep(path)
    assert (config.landscape.n, config.landscape.p, config.landscape.seeds) == (8, 3, 0)
    assert (config.descent.starts, config.descent.tol) == (20000, 1e-10)
    path.write_text("[landscape]\nn = [8, 9]\nseeds = [1, 2]\n[field]\nnu = [0, 1]\n")
    assert load_sweep(path).field.nu == [0.0, 1.0]


@pytest.mark.parametrize("field", ["nu = {}", "nu = [{}, 1.0]", "nu_over_critical = {}"])
def test_minus_zero_is_the_same_field_as_zero(field: str) -> None:
    def identities(zero: str) -> list[str]:
        tables = tomllib.loads(f"[landscape]\nn = 8\n[field]\n{field.format(zero)}\n")
        return [job.identity for job in plan_jobs(check_tables(tables, SweepConfig, "test"))]

    assert identities("-0.0") == identities("0.0")


@pytest.mark.parametrize(
    ("key", "values", "told"),
    [
        ("n", "[8, 9, 8]", "got 8 2 times"),
        ("seeds", "[1, 1]", "got 1 2 times"),
        ("planted", "[0.9, 0.9]", "got 0.9 2 times"),
        ("mixture", "[{3 = 1.0, 4 = 0.5}, {4 = 0.5, 3 = 1.0}]", "got '3:1,4:0.5' 2 times"),
        ("nu", "[-0.0, 0.0]", "got 0.0 2 times"),
        ("regime", "['trivial', 'trivial']", "got 'trivial' 2 times"),
    ],
)
def test_a_value_that_stands_twice_is_refused(key: str, values: str, told: str) -> None:
    section = "field" if key in ("nu", "regime") else "landscape"
    tables = {"landscape": {"n": 8}, "field": {"nu": 0.0}}
    tables["field"] = {} if section == "field" else tables["field"]
    tables[section] |= tomllib.loads(f"{key} = {values}")
    with pytest.raises(InputError) as refused:
        check_tables(tables, SweepConfig, "a.toml")
    assert str(refused.value) == f"a.toml: {section}.{key}: values must have no value twice, {told}"


@pytest.mark.parametrize("name", ["quick", "landscape", "field-sweep"])
def test_shipped_configurations_load(name: str) -> None:
    jobs = plan_jobs(load_sweep(CONFIGS / f"{name}.toml"))
    assert len({job.identity for job in jobs}) == len(jobs) >= 3


def test_the_figure_of_the_paper_is_what_it_says() -> None:
    jobs = plan_jobs(load_sweep(CONFIGS / "landscape.toml"))
    assert {(job.n, job.orders, job.starts) for job in jobs} == {(100, 3, 20000)}
    assert [job.regime for job in jobs] == ["exponential", "polynomial", "trivial"]


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.integers(),
    st.floats(),
    st.sampled_from(["trivial", "flow", "landscape", "opentsne", "", "n"]),
    st.text(max_size=4),
    st.just(datetime.date(2020, 1, 1)),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def section(model: type, good: dict[str, object]) -> st.SearchStrategy[object]:
    """Tables in which some keys are right, some wrong, some unknown."""
    known = st.sampled_from(sorted(model.model_fields))  # type: ignore[attr-defined]
    junk = st.dictionaries(known | st.text(max_size=3), values, max_size=2)
    return junk.map(lambda table: good | table) | st.just(good) | values


tables_strategy = st.fixed_dictionaries(
    {
        "landscape": section(SweepConfig.model_fields["landscape"].annotation, {"n": 8}),
        "field": section(SweepConfig.model_fields["field"].annotation, {"nu": 0.5}),
    },
    optional={
        "descent": section(SweepConfig.model_fields["descent"].annotation, {}),
        "figure": section(SweepConfig.model_fields["figure"].annotation, {}),
        "more": values,
    },
)


@pytest.mark.slow
@given(tables_strategy)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_any_tables_are_valid_or_explained(tables: dict[str, object]) -> None:
    try:
        config = check_tables(tables, SweepConfig, "fuzz.toml")
    except InputError as error:
        message = str(error)
    else:
        assert_allowed(tables, config)
        return
    assert message.startswith("fuzz.toml: ")


def assert_allowed(tables: dict[str, object], config: SweepConfig) -> None:
    assert set(tables) <= set(SweepConfig.model_fields)
    sizes = config.landscape.n if isinstance(config.landscape.n, list) else [config.landscape.n]
    assert sizes
    assert all(type(n) is int and n >= 2 for n in sizes)
    given_fields = [v for v in config.field.model_dump().values() if v is not None]
    assert len(given_fields) == 1
    assert config.descent.starts >= 1
    assert 0.0 < config.descent.tol < 1.0


bad_texts = sorted(text for text, _, _ in BAD.values() if len(text) < 1000)


@given(st.text(max_size=40) | st.sampled_from(bad_texts))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_any_text_is_explained(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=r"fuzz\.toml"):
        load_sweep(path)


def test_the_good_text_is_good() -> None:
    assert check_tables(tomllib.loads(GOOD), SweepConfig, "good").landscape.n == 8


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, start: str) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(start + GOOD, encoding="utf-8")
    assert load_sweep(path) == check_tables(tomllib.loads(GOOD), SweepConfig, "GOOD")
    (tmp_path / "graph.json").write_text(start + '{"n": 8}', encoding="utf-8")
    assert read_json(tmp_path / "graph.json") == {"n": 8}


def test_a_sweep_allows_every_method_of_descent_and_no_other() -> None:
    from spinglass.sweep.sweep_config import DescentSection

    assert get_args(DescentSection.model_fields["method"].annotation) == tuple(METHODS)
