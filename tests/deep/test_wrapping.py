"""A wrapper is an optimizer like any other: nested, hooked, saved, sharded and compiled."""

import copy
import io
import itertools
import pickle
import sys
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    get_state_dict,
    set_optimizer_state_dict,
    set_state_dict,
)
from torch.nn.functional import cross_entropy
from torch.utils._pytree import tree_leaves

from spinglass.deep import (
    AnnealedGradientNoise,
    AnnealSGD,
    Exponential,
    Linear,
    Power,
    Step,
    gradient_scale,
)
from spinglass.deep.field import normal_like, torch_generator
from spinglass.errors import InputError
from tests.small_network import minibatches, small_model

OPTIONS = {"scale": 0.1, "steps_per_epoch": 4}
KEY = "perturbation"


def _annealed(base, seed=3):
    return AnnealSGD(base, 0.7, "linear", seed, tau=5.0, **OPTIONS)


def _noisy(base, seed=4):
    return AnnealedGradientNoise.matched(base, 0.5, seed=seed, **OPTIONS)


NESTED = {
    "field around noise": lambda base: _annealed(_noisy(base)),
    "noise around field": lambda base: _noisy(_annealed(base)),
    "field around field": lambda base: _annealed(_annealed(base, 8), 9),
    "three deep": lambda base: _annealed(_noisy(_annealed(base, 8)), 9),
}
BASES = {
    "sgd": lambda p: torch.optim.SGD(p, 0.05),
    "momentum": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, 0.01),
}


def _train(model, optimizer, batches, step=None):
    for inputs, labels in batches:
        optimizer.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        (step or optimizer.step)()


def _same(first, second):
    return all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def _through_a_file(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


def _as_earlier_versions_wrote_it(state):
    """Return the state of one wrapper with its record beside the groups."""
    first, *others = state["param_groups"]
    rest = {name: value for name, value in first.items() if name != KEY}
    (record,) = first[KEY]
    old = {name: value for name, value in record.items() if name != "kind"}
    return {**state, "param_groups": [rest, *others], KEY: old}


@pytest.mark.parametrize("name", NESTED)
def test_nested_wrappers_go_on_from_a_file_bit_for_bit(name):
    batches = minibatches(8)
    whole, half, resumed = small_model(), small_model(), small_model()
    optimizer = NESTED[name](BASES["adam"](whole.parameters()))
    _train(whole, optimizer, batches)
    optimizer = NESTED[name](BASES["adam"](half.parameters()))
    _train(half, optimizer, batches[:4])
    saved = _through_a_file({"model": half.state_dict(), "optimizer": optimizer.state_dict()})
    resumed.load_state_dict(saved["model"])
    optimizer = NESTED[name](BASES["adam"](resumed.parameters()))
    optimizer.load_state_dict(saved["optimizer"])
    assert optimizer.steps == optimizer.base.steps == 4
    _train(resumed, optimizer, batches[4:])
    assert _same(whole, resumed)


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("copying", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_nested_wrappers_go_on_like_the_original(name, copying):
    model = small_model()
    optimizer = NESTED[name](BASES["adam"](model.parameters()))
    _train(model, optimizer, minibatches(3))
    twin, twin_optimizer = copying((model, optimizer))
    _train(model, optimizer, minibatches(3))
    _train(twin, twin_optimizer, minibatches(3))
    assert _same(model, twin)


def test_nested_fields_add_up_in_a_step_and_in_a_closure():
    weights, other = (nn.Parameter(torch.ones(5)) for _ in range(2))
    optimizer = _annealed(_annealed(torch.optim.SGD([weights], 1.0), 8), 9)
    closed = _annealed(_annealed(torch.optim.SGD([other], 1.0), 8), 9)
    fields = [o.directions([weights])[0] for o in (optimizer, optimizer.base)]
    weights.grad = torch.zeros(5)
    optimizer.step()
    torch.testing.assert_close(weights.detach(), 1 - 0.07 * (fields[0] + fields[1]))

    def closure():
        closed.zero_grad()
        loss = 0.0 * other.sum()
        loss.backward()
        return loss

    assert float(closed.step(closure).detach()) == 0.0
    assert torch.equal(weights, other)


def test_schedulers_groups_and_scalers_reach_the_innermost_base():
    model = small_model()
    layers = [m for m in model if isinstance(m, nn.Linear)]
    base = BASES["adam"](layers[0].parameters())
    optimizer = NESTED["three deep"](base)
    optimizer.add_param_group({"params": layers[1].parameters(), "lr": 0.5})
    optimizer.add_param_group({"params": layers[2].weight})
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
    inputs, labels = minibatches(1)[0]
    scaler.scale(cross_entropy(model(inputs), labels)).backward()
    scaler.step(optimizer)
    scaler.update()
    scheduler.step()
    assert [g["lr"] for g in base.param_groups] == pytest.approx([0.001, 0.05, 0.001])
    assert len(base.state) == 5
    assert optimizer.steps == optimizer.base.base.steps == 1


def test_a_state_of_other_wrappers_is_refused_and_changes_nothing():
    model = small_model()
    one, two = (NESTED[n](BASES["adam"](model.parameters())) for n in list(NESTED)[:2])
    single = _annealed(BASES["adam"](model.parameters()))
    _train(model, one, minibatches(1))
    for optimizer, state, words in [
        (two, one.state_dict(), "got AnnealSGD"),
        (single, one.state_dict(), "1 deep, got 2"),
        (one, single.state_dict(), "2 deep, got 1"),
        (one, _as_earlier_versions_wrote_it(single.state_dict()), "2 deep, got 1"),
        (one, single.base.state_dict(), "without a field"),
        (one, {}, "param_groups"),
    ]:
        before = copy.deepcopy(optimizer.state_dict())
        with pytest.raises(InputError, match=words):
            optimizer.load_state_dict(state)
        after = optimizer.state_dict()
        assert after["param_groups"] == before["param_groups"]
        assert all(map(torch.equal, tree_leaves(after["state"]), tree_leaves(before["state"])))


@pytest.mark.parametrize(
    ("entry", "value"),
    [("steps", -1), ("seed", "x"), ("nu", float("nan")), ("scales", 3.0), ("scaling", "none")],
)
def test_a_damaged_record_is_refused(entry, value):
    optimizer = _annealed(BASES["sgd"](small_model().parameters()))
    state = optimizer.state_dict()
    state["param_groups"][0][KEY][0][entry] = value
    with pytest.raises(InputError, match=entry[:5]):
        optimizer.load_state_dict(state)
    del state["param_groups"][0][KEY][0][entry]
    with pytest.raises(InputError, match="must be a whole record, got"):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize("scaling", ["global", "layer"])
def test_a_state_written_by_an_earlier_version_loads(scaling):
    batches = minibatches(6)
    whole, resumed = small_model(), small_model()
    optimizer = AnnealSGD(BASES["momentum"](whole.parameters()), seed=5, scaling=scaling)
    optimizer.calibrate(whole, batches, cross_entropy)
    _train(whole, optimizer, batches[:3])
    resumed.load_state_dict(whole.state_dict())
    old = {
        **optimizer.base.state_dict(),
        KEY: {
            "steps": 3,
            "seed": 5,
            "nu": 1.0,
            "scaling": scaling,
            "scales": optimizer.scales,
            "steps_per_epoch": 6,
        },
    }
    old["param_groups"][0].pop(KEY, None)
    old = _through_a_file(old)
    again = AnnealSGD(BASES["momentum"](resumed.parameters()))
    again.load_state_dict(old)
    assert again.state_dict()["param_groups"] == optimizer.state_dict()["param_groups"]
    _train(whole, optimizer, batches[3:])
    _train(resumed, again, batches[3:])
    assert _same(whole, resumed)


@pytest.mark.parametrize("depth", [1, 2])
def test_hooks_of_saving_and_loading_see_the_wrapper_and_its_state(depth):
    model = small_model()
    optimizer = NESTED["noise around field"](BASES["adam"](model.parameters()))
    optimizer = optimizer if depth == 2 else optimizer.base
    seen = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append(("save", o)))
    optimizer.register_state_dict_post_hook(
        lambda o, state: seen.append(len(state["param_groups"][0][KEY])) or {**state, "note": 7}
    )
    optimizer.register_load_state_dict_pre_hook(
        lambda o, state: seen.append(("load", o, state.pop("note")))
    )
    optimizer.register_load_state_dict_pre_hook(
        lambda o, state: {**state, "param_groups": copy.deepcopy(state["param_groups"])}
    )
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(("loaded", o, o.steps)))
    optimizer.register_step_pre_hook(lambda o, *_: seen.append(("step", o)))
    optimizer.register_step_post_hook(lambda o, *_: seen.append(("stepped", o)))
    _train(model, optimizer, minibatches(1))
    state = optimizer.state_dict()
    given = dict(state)
    optimizer.load_state_dict(state)
    assert state == given  # hooks work on a copy
    assert seen == [
        ("step", optimizer),
        ("stepped", optimizer),
        ("save", optimizer),
        depth,
        ("load", optimizer, 7),
        ("loaded", optimizer, 1),
    ]


def test_hooks_of_the_base_run_too():
    base = BASES["adam"](small_model().parameters())
    seen = []
    base.register_state_dict_post_hook(lambda o, state: seen.append(o))
    base.register_load_state_dict_post_hook(lambda o: seen.append(o))
    optimizer = _annealed(base)
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen == [base, base]


@pytest.mark.parametrize("copying", [lambda x: x, copy.deepcopy])
def test_a_state_loaded_into_the_base_alone_is_seen_by_every_wrapper(copying):
    model = small_model()
    optimizer = copying(NESTED["three deep"](BASES["adam"](model.parameters())))
    base = optimizer.base.base.base
    base.load_state_dict(optimizer.state_dict())
    for wrapper in (optimizer, optimizer.base, optimizer.base.base):
        assert wrapper.param_groups is base.param_groups
        assert wrapper.state is base.state
    optimizer.load_state_dict(optimizer.state_dict())


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", ["field around noise", "three deep"])
def test_a_distributed_checkpoint_goes_on_bit_for_bit(tmp_path, base, name, flat):
    options = StateDictOptions(flatten_optimizer_state_dict=flat)
    batches = minibatches(6)
    whole, resumed = small_model(), small_model()
    optimizer = NESTED[name](BASES[base](whole.parameters()))
    _train(whole, optimizer, batches[:3])
    optimizer.zero_grad()
    weights, state = get_state_dict(whole, optimizer, options=options)
    assert optimizer.steps == optimizer.base.steps == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is one process
        dcp.save({"model": weights, "optimizer": state}, checkpoint_id=tmp_path)
        again = NESTED[name](BASES[base](resumed.parameters()))
        again.seed = 99  # must come from the file
        weights, state = get_state_dict(resumed, again, options=options)
        assert again.steps == again.base.steps == 0
        dcp.load({"model": weights, "optimizer": state}, checkpoint_id=tmp_path)
    set_state_dict(
        resumed, again, model_state_dict=weights, optim_state_dict=state, options=options
    )
    assert (again.steps, again.base.steps, again.seed) == (3, 3, optimizer.seed)
    _train(whole, optimizer, batches[3:])
    _train(resumed, again, batches[3:])
    assert _same(whole, resumed)


def test_a_fresh_optimizer_is_asked_for_its_state_without_a_unit_or_a_trace_of_the_field():
    model, plain = small_model(), small_model()
    optimizer = AnnealSGD(BASES["momentum"](model.parameters()))  # not calibrated
    reference = BASES["momentum"](plain.parameters())
    state = get_optimizer_state_dict(model, optimizer)
    expected = get_optimizer_state_dict(plain, reference)
    assert optimizer.steps == 0
    for a, b in zip(tree_leaves(state["state"]), tree_leaves(expected["state"]), strict=True):
        assert torch.equal(a, b)
    full = StateDictOptions(full_state_dict=True)
    other = AnnealSGD(BASES["momentum"](model.parameters()), seed=9)
    set_optimizer_state_dict(model, other, get_optimizer_state_dict(model, optimizer, options=full))
    assert other.seed == 0


def test_a_step_at_rate_0_counts_where_there_is_a_gradient():
    model = small_model()
    optimizer = _annealed(torch.optim.SGD(model.parameters(), lr=0.0))
    optimizer.step()  # no gradients at all
    _train(model, optimizer, minibatches(1))
    assert optimizer.steps == 2


@pytest.fixture
def processes(monkeypatch):
    """Start a group of processes of the given kind and number, of which this is the first."""
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")

    def start(backend, count):
        if backend == "fake":
            from torch.testing._internal.distributed.fake_pg import FakeStore

            dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=count)
        else:
            dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=count)

    yield start
    dist.destroy_process_group()


@pytest.mark.parametrize("wrapper", [AnnealSGD, AnnealedGradientNoise.matched])
def test_a_sharded_model_trains_like_a_whole_one(processes, tmp_path, wrapper):
    fully_shard = pytest.importorskip("torch.distributed.fsdp").fully_shard
    processes("gloo", 1)
    batches = minibatches(4)
    whole, sharded = small_model(), small_model()
    fully_shard(sharded)
    for model in (whole, sharded):
        optimizer = wrapper(BASES["momentum"](model.parameters()), seed=2)
        optimizer.calibrate(model, batches, cross_entropy)
        assert all(p.grad is None for p in model.parameters())
        _train(model, optimizer, batches)
    for a, b in zip(whole.parameters(), sharded.parameters(), strict=True):
        torch.testing.assert_close(a.detach(), b.detach().full_tensor())
    reference = wrapper(BASES["momentum"](whole.parameters()), seed=2)
    reference.steps = 4
    assert optimizer.alignment() == pytest.approx(reference.alignment(), rel=1e-5)
    dcp.save({"o": get_optimizer_state_dict(sharded, optimizer)}, checkpoint_id=tmp_path)
    again = wrapper(BASES["momentum"](sharded.parameters()))
    state = {"o": get_optimizer_state_dict(sharded, again)}
    dcp.load(state, checkpoint_id=tmp_path)
    set_optimizer_state_dict(sharded, again, state["o"])
    assert (again.steps, again.seed, again.scales) == (4, 2, optimizer.scales)


def test_processes_with_copies_of_a_model_calibrate_by_their_common_gradient(processes):
    processes("gloo", 1)
    alone = gradient_scale(small_model(), minibatches(2), cross_entropy)
    model = nn.parallel.DistributedDataParallel(small_model())

    def twice(state, bucket):  # stands for what other processes contribute
        averaged = torch.futures.Future()
        averaged.set_result(2 * bucket.buffer())
        return averaged

    model.register_comm_hook(None, twice)
    assert gradient_scale(model, minibatches(2), cross_entropy).rms == pytest.approx(2 * alone.rms)
    assert all(p.grad is None for p in model.parameters())


def test_a_key_gives_the_generator_that_it_gave_in_earlier_versions():
    assert torch_generator(7, 3).initial_seed() == 2530781778362038830


def test_each_process_keeps_its_part_of_the_one_direction(processes):
    tensor = pytest.importorskip("torch.distributed.tensor")
    processes("fake", 2)
    mesh = dist.device_mesh.init_device_mesh("cpu", (2,))
    placed = tensor.DTensor.from_local(torch.zeros(3, 4), mesh, [tensor.Shard(0)], run_check=False)
    whole = normal_like(torch.zeros(6, 4), torch_generator(1, 2))
    assert torch.equal(normal_like(placed, torch_generator(1, 2)).to_local(), whole[:3])


def test_flattened_parameters_are_refused_in_one_line(processes):
    processes("gloo", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = torch.distributed.fsdp.FullyShardedDataParallel
        for original in (False, True):
            model = kind(small_model(), device_id=torch.device("cpu"), use_orig_params=original)
            with pytest.raises(InputError, match=r"fully_shard$"):
                AnnealSGD(torch.optim.SGD(model.parameters(), lr=0.1))


@pytest.mark.slow
@pytest.mark.parametrize("name", NESTED)
def test_a_compiled_step_is_the_plain_one(name):
    plain, compiled = small_model(), small_model()
    optimizers = [NESTED[name](BASES["sgd"](m.parameters())) for m in (plain, compiled)]
    _train(plain, optimizers[0], minibatches(3))
    step = torch.compile(optimizers[1].step, backend="eager")
    _train(compiled, optimizers[1], minibatches(3), step)
    assert optimizers[1].steps == 3
    for a, b in zip(plain.parameters(), compiled.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("result", [None, ("loss", 1), np.float32(2.0), 2.0])
def test_a_closure_may_return_anything_that_the_base_takes(result):
    weights, other = (nn.Parameter(torch.ones(4)) for _ in range(2))
    optimizer, reference = (_annealed(torch.optim.SGD([w], lr=0.1)) for w in (weights, other))

    def closure():
        weights.grad = torch.full((4,), 0.5)
        return result

    assert optimizer.step(closure) is result
    other.grad = torch.full((4,), 0.5)
    reference.step()
    assert torch.equal(weights, other)


NUMBERS = (np.int64, np.int32, np.uint8, np.float32, np.float64)


@pytest.mark.parametrize("integer", NUMBERS[:3])
@pytest.mark.parametrize("real", NUMBERS)
def test_numbers_of_numpy_are_numbers(integer, real):
    model, plain = small_model(), small_model()
    optimizer = AnnealSGD(
        BASES["adam"](model.parameters()),
        real(2),
        seed=integer(3),
        tau=real(3),
        scale=real(1),
        steps_per_epoch=integer(5),
    )
    reference = AnnealSGD(
        BASES["adam"](plain.parameters()), 2.0, seed=3, tau=3.0, scale=1.0, steps_per_epoch=5
    )
    _train(model, optimizer, minibatches(2))
    _train(plain, reference, minibatches(2))
    assert _same(model, plain)
    saved = _through_a_file(optimizer.state_dict())
    assert saved["param_groups"] == reference.state_dict()["param_groups"]
    assert type(optimizer.field_strength) is float
    optimizer.nu, optimizer.scales = real(2), [real(1)]
    assert _through_a_file(optimizer.state_dict())["param_groups"] == saved["param_groups"]
    for kind in (Exponential, Linear, Step, Power):
        assert type(kind(real(2)).tau) is float
    noise = AnnealedGradientNoise(BASES["sgd"](model.parameters()), real(1), real(1), integer(1))
    assert noise.field_strength == 1.0
    AnnealedGradientNoise.matched(BASES["sgd"](model.parameters()), real(1), seed=integer(1))
    assert gradient_scale(model, minibatches(2), cross_entropy, integer(1)).batches == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda base: AnnealSGD(base, "x"), "nu .*'x'"),
        (lambda base: AnnealSGD(base, seed=True), "seed .*True"),
        (lambda base: AnnealSGD(base, seed=np.float64(1)), "seed"),
        (lambda base: AnnealSGD(base, scale="x"), "scale .*'x'"),
        (lambda base: AnnealSGD(base, steps_per_epoch=2.5), "steps_per_epoch .*2.5"),
        (lambda base: AnnealSGD(base, tau="x"), "tau .*'x'"),
        (lambda base: AnnealSGD(base, schedule=["step"]), "schedule"),
        (lambda base: AnnealSGD(base, scaling=["layer"]), "scaling"),
        (lambda base: AnnealedGradientNoise(base, "x"), "eta .*'x'"),
        (lambda base: AnnealedGradientNoise(base, -1.0), "eta .*-1.0"),
        (lambda base: AnnealedGradientNoise(base, gamma=0.0), "gamma .*0.0"),
        (lambda base: AnnealedGradientNoise.matched(base, -1.0), "nu .*-1.0"),
    ],
)
def test_a_refusal_names_the_value(make, words):
    with pytest.raises(InputError, match=words):
        make(BASES["sgd"](small_model().parameters()))


@pytest.mark.parametrize("factor", [None, "x", float("inf")])
def test_a_schedule_must_give_a_finite_number(factor):
    model = small_model()
    optimizer = AnnealSGD(BASES["sgd"](model.parameters()), schedule=lambda t: factor, **OPTIONS)
    with pytest.raises(InputError, match="schedule must give finite numbers, got"):
        _train(model, optimizer, minibatches(1))
    assert optimizer.steps == 0


class _Endless(torch.utils.data.IterableDataset):
    def __iter__(self):
        yield from itertools.cycle((x[0], y[0]) for x, y in minibatches(2))


def test_a_loader_without_length_leaves_the_epoch_to_be_given():
    for loader in (iter(minibatches(2)), torch.utils.data.DataLoader(_Endless(), 4)):
        model = small_model()
        optimizer = AnnealSGD(BASES["sgd"](model.parameters()))
        optimizer.calibrate(model, loader, cross_entropy)
        with pytest.raises(InputError, match="steps_per_epoch must be given, or calibrated"):
            _train(model, optimizer, minibatches(1))
        optimizer.steps_per_epoch = 4
        _train(model, optimizer, minibatches(1))
        assert optimizer.steps == 1


@pytest.mark.parametrize("kind", ["complex", "integer"])
def test_parameters_that_take_no_field_are_refused_before_anything_changes(kind):
    dtype = torch.complex64 if kind == "complex" else torch.int64
    odd = nn.Parameter(torch.zeros(2, dtype=dtype), requires_grad=kind == "complex")
    with pytest.raises(InputError, match=str(dtype)):
        AnnealSGD(torch.optim.SGD([odd], lr=0.1))
    base = BASES["sgd"](small_model().parameters())
    optimizer = NESTED["three deep"](base)
    for added in (odd, [odd], iter([odd])):
        with pytest.raises(InputError, match=str(dtype)):
            optimizer.add_param_group({"params": added})
    assert len(base.param_groups) == 1
    with pytest.raises(TypeError):  # torch's own: a set has no order
        optimizer.add_param_group({"params": {nn.Parameter(torch.ones(1))}})


def test_empty_parameters_and_odd_models_in_calibration():
    model = small_model()
    model.register_parameter("none", nn.Parameter(torch.zeros(0, 4)))
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scaling="layer")
    measured = optimizer.calibrate(model, minibatches(2), cross_entropy)
    assert measured.layers[model.none] == 0.0
    _train(model, optimizer, minibatches(2))
    for odd in (nn.ReLU(), nn.Linear(6, 3).requires_grad_(False)):
        with pytest.raises(InputError, match="parameters to train"):
            gradient_scale(odd, minibatches(1), cross_entropy)
    lazy = nn.Sequential(nn.LazyLinear(8), nn.LazyLinear(8), nn.LazyLinear(3))
    assert gradient_scale(lazy, minibatches(1), cross_entropy).depth == 3
    for batches in (0, -1, 2.5, None):
        with pytest.raises(InputError, match="batches"):
            gradient_scale(model, minibatches(1), cross_entropy, batches)
    with pytest.raises(InputError, match="single number"):
        gradient_scale(model, minibatches(1), lambda outputs, targets: outputs)
    with pytest.raises(InputError, match="complex64"):
        gradient_scale(nn.Linear(6, 3, dtype=torch.complex64), minibatches(1), cross_entropy)


def test_sparse_gradients_are_refused_before_any_wrapper_has_changed_one():
    table, dense = nn.Embedding(5, 2, sparse=True), nn.Parameter(torch.ones(2))
    optimizer = NESTED["three deep"](torch.optim.SGD([dense, *table.parameters()], lr=0.1))
    (table(torch.tensor([1])).sum() + dense.sum()).backward()
    with pytest.raises(InputError, match="dense"):
        optimizer.step()
    assert torch.equal(dense.grad, torch.ones(2))
    assert optimizer.steps == optimizer.base.steps == 0
