"""Imports go one way, nothing heavy is imported for help, and names and lengths keep to a limit."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import spinglass

ROOT = Path(__file__).parents[1]

LINES = 60
"""Longest function, docstring included."""


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    """Return the path below the root and the text of every module of the package."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text())
        for folder in ("spinglass", "cli")
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


@cache
def _nodes(text: str) -> tuple[ast.AST, ...]:
    """Return all nodes of a module, which most tests here go through."""
    return tuple(ast.walk(ast.parse(text)))


def _long_functions(sources: Iterable[tuple[str, str]]) -> list[str]:
    """Return "path name" of each function of more than `LINES` lines, decorators left out."""
    return sorted(
        f"{path} {node.name}"
        for path, text in sources
        for node in _nodes(text)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LINES
    )


def _shared(names: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names that stand in more than one place, from pairs of name and place."""
    places = defaultdict(list)
    for name, place in names:
        places[name].append(place)
    return sorted(name for name, found in places.items() if len(found) > 1)


def _classes(sources: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for path, text in sources:
        for node in _nodes(text):
            if isinstance(node, ast.ClassDef):
                yield node.name, path


def _named_types(sources: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the classes, named tuples and names of types of modules; variables of types aside."""
    sources = list(sources)
    found = set(_classes(sources))
    for path, text in sources:
        for node in _nodes(text):
            if isinstance(node, ast.Assign) and "TypeVar(" not in ast.unparse(node.value):
                found |= {
                    (target.id, path)
                    for target in node.targets
                    if isinstance(target, ast.Name) and re.match("_?[A-Z][a-z]", target.id)
                }
    return found


def _raised(sources: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the path and each literal part of the errors that modules raise."""
    for path, text in sources:
        for node in _nodes(text):
            if isinstance(node, ast.Raise):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path, part.value


def test_only_errors_of_the_command_line_speak_of_options():
    found = {path for path, words in _raised(_sources()) if re.search(r"(?<!\w)--[a-z]", words)}
    assert any(path.startswith("cli/") for path in found)
    assert not {path for path in found if path.startswith("spinglass/")}


def test_errors_end_in_the_value_that_was_given():
    wrong = [
        (path, words)
        for path, words in _raised(_sources())
        if re.search(r"\(got|; got|\(allowed:", words)
    ]
    assert wrong == []


def _unsaid(sources: Iterable[tuple[str, str]]) -> list[str]:
    """Return the errors that say what must be, and not what was given in its place."""
    found = []
    for path, text in sources:
        for node in _nodes(text):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                words = "".join(
                    part.value
                    for part in ast.walk(node.exc)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
                if " must " in words and ", got " not in words:
                    found.append(f"{path}: {words}")
    return found


def test_errors_say_what_was_given():
    assert _unsaid([("a.py", 'raise InputError(f"n must be {most}")')]) == ["a.py: n must be "]
    assert _unsaid([("a.py", 'raise InputError(f"n must be 1, got {n}")')]) == []
    assert _unsaid(_sources()) == []


def _drawn(text: str, folder: str) -> list[set[str]]:
    """Return the floors of a folder in the drawing of the house, the highest first."""
    lines = text.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith(f"spinglass/{folder}/"))
    words = [lines[first].split(maxsplit=1)[1]]
    for line in lines[first + 1 :]:
        if not line.startswith(" "):
            break
        words.append(line.strip())
    drawing = ", ".join(word.removesuffix(",") for word in words)
    floors = re.sub(r"\([^)]*\)|/", "", drawing).split(", ")
    return [{room.strip() for room in floor.split("|")} for floor in floors]


@pytest.mark.parametrize("folder", ["search", "landscape", "files"])
def test_the_drawing_of_the_house_is_that_of_its_contracts(folder):
    text = (ROOT / "docs" / "architecture.md").read_text()
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == [f"spinglass.{folder}"]
    )
    assert _drawn(text, folder) == [set(floor.split(" | ")) for floor in layers]


def test_no_function_is_longer_than_a_page():
    assert _long_functions(_sources()) == []


def test_a_function_is_counted_from_its_name_to_its_last_line():
    body = "    pass\n"
    fits, exceeds = body * (LINES - 1), body * LINES
    text = f"def fits():\n{fits}\nclass A:\n  @b\n  def exceeds():\n{exceeds}"
    assert _long_functions([("a.py", text)]) == ["a.py exceeds"]


def test_no_two_classes_or_types_have_one_name():
    assert _shared(_classes(_sources())) == []
    assert _shared(_named_types(_sources())) == []


def test_no_two_modules_have_one_file_name():
    names = ((Path(path).name, path) for path, _ in _sources())
    assert set(_shared(names)) == {"__init__.py"}


def test_names_that_are_shared_are_found():
    sources = [("a.py", "class Ab: pass\nclass Bc: pass"), ("b.py", "class Ab: pass")]
    assert _shared(_classes(sources)) == ["Ab"]
    assert _shared(_named_types(sources)) == ["Ab"]
    sources += [("c.py", "Bc = namedtuple('Bc', 'x')\nCd = int\nDe = TypeVar('De')")]
    sources += [("d.py", "Cd = int\nDe = TypeVar('De')\nEF = 1"), ("e.py", "EF = 1")]
    assert _shared(_named_types(sources)) == ["Ab", "Bc", "Cd"]


def test_imports_point_down_only():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def _imports(sources: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return which modules each imports, be it inside a function or for its types alone."""
    texts = {path[:-3].replace("/", ".").removesuffix(".__init__"): text for path, text in sources}
    texts = {re.sub(r"^cli\b", "spinglass_cli", name): text for name, text in texts.items()}
    wanted: dict[str, set[str]] = {name: set() for name in texts}
    for name, text in texts.items():
        for node in _nodes(text):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {f"{node.module}.{each.name}" for each in node.names}
                wanted[name] |= (named & set(texts)) or {node.module}
            elif isinstance(node, ast.Import):
                wanted[name] |= {each.name for each in node.names}
    return {name: (found & set(texts)) - {name} for name, found in wanted.items()}


def test_no_imports_go_in_a_circle():
    """Nor do those that are hidden in functions or stand there for types alone."""
    imports = _imports(_sources())
    assert imports["spinglass_cli.main"] > {"spinglass.machine", "spinglass_cli.warmup_command"}
    tuple(TopologicalSorter(imports).static_order())


def test_a_hidden_circle_is_found():
    types = "if TYPE_CHECKING:\n    from spinglass.b import B"
    lazy = "def f():\n    from spinglass import a"
    imports = _imports([("spinglass/a.py", types), ("spinglass/b.py", lazy)])
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(imports).static_order())


def test_importing_the_package_is_light():
    code = (
        "import sys, spinglass, spinglass_cli.main;"
        "heavy = {'numpy', 'numba', 'sklearn', 'matplotlib', 'scipy', 'xarray', 'torch', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


HEAVY = {"numba", "dask", "scipy.optimize", "scipy.sparse", "sklearn", "matplotlib", "torch"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "spared"),
    [
        (("--help",), HEAVY | {"numpy", "xarray"}),
        (("theory", "constants", "--p", "3"), HEAVY - {"scipy.optimize", "scipy.sparse"}),
        (("show", "tests/fixtures/descents.nc"), HEAVY - {"dask"} | {"dask.array"}),
        (("show", "tests/fixtures/sweep"), HEAVY - {"dask"} | {"dask.array"}),
    ],
)
def test_a_command_loads_only_what_it_needs(command: tuple[str, ...], spared: set[str]) -> None:
    code = (
        "import sys, spinglass_cli.main as main\n"
        f"sys.argv = ['spinglass', *{command!r}]\n"
        "try:\n"
        "    main.main()\n"
        "finally:\n"
        f"    print('loaded:', sorted({spared!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr


PACKAGES = ("spinglass", *(f"spinglass.{name}" for name in (
    "connections", "following", "landscape", "search", "sweep", "theory", "validation",
)))  # fmt: skip


def _words(annotation: object) -> set[str]:
    """Return the words of an annotation, be it a class, an expression or text."""
    return set(re.findall(r"\w+", getattr(annotation, "__name__", "") + f" {annotation}"))


def _public(packages: Iterable[str]) -> dict[str, object]:
    modules = [import_module(package) for package in packages]
    return {name: getattr(module, name) for module in modules for name in module.__all__}


def test_every_class_that_a_public_function_returns_is_public():
    public = _public(PACKAGES)
    words = {
        word
        for value in public.values()
        if inspect.isfunction(value)
        for word in _words(inspect.signature(value).return_annotation)
    }
    returned = words & {name for name, _ in _classes(_sources())}
    assert len(returned) > 15
    assert sorted(returned - set(public)) == []


def test_each_public_name_stands_in_one_door():
    doors = [name for package in PACKAGES for name in import_module(package).__all__]
    assert len(doors) > 80
    assert sorted(name for name, count in Counter(doors).items() if count > 1) == []


def test_few_names_are_at_the_top():
    names = [
        name
        for name in spinglass.__all__
        if not name.startswith("_") and not inspect.ismodule(getattr(spinglass, name))
    ]
    assert len(names) <= 10


def test_a_function_keeps_its_name_when_its_module_is_imported_first():
    doors = [path.parent for path in (ROOT / "spinglass").rglob("__init__.pyi")]
    shadowed = [
        f"{'.'.join(door.relative_to(ROOT).parts)}.{name}"
        for door in doors
        for name in re.findall(r"from \.(\w+) import \1 as", (door / "__init__.pyi").read_text())
    ]
    assert shadowed
    code = (
        "import sys, operator\n"
        "for name in sys.argv[1:]:\n"
        "    top = __import__(name)\n"
        "    print(callable(operator.attrgetter(name.partition('.')[2])(top)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *shadowed], capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * len(shadowed), done.stderr


NAME = re.compile(r"`{1,2}(spinglass(?:\.\w+)+)(?:\(\))?`{1,2}")


def _exists(name: str) -> bool:
    """Say whether a dotted name is that of a module, or of something in one or in its classes."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            there = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(there, part):
                return part in getattr(there, "__annotations__", {})
            there = getattr(there, part)
        return True
    return False


def test_names_in_docstrings_and_pages_exist():
    assert _exists("spinglass.control.Progress")
    assert not _exists("spinglass.Progress")
    pages = ((page.name, page.read_text()) for page in sorted((ROOT / "docs").rglob("*.md")))
    unknown = {
        f"{path} {name}"
        for path, text in [*_sources(), *pages]
        for name in NAME.findall(text)
        if not _exists(name)
    }
    assert unknown == set()
