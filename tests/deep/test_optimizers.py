"""AnnealSGD and gradient noise, as optimizers: nothing at nu = 0, the right field otherwise."""

import copy
import io
import pickle
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils._pytree import tree_leaves

from spinglass.deep import AnnealedGradientNoise, AnnealSGD, Step
from spinglass.errors import InputError
from tests.small_network import minibatches, small_model

BASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
    "adam-fused": lambda p: torch.optim.Adam(p, lr=0.01, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
}
WRAPPERS = {"annealsgd": AnnealSGD, "noise": AnnealedGradientNoise.matched}


def _train(model, optimizer, batches, scheduler=None):
    for inputs, labels in batches:
        optimizer.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def _same(first, second):
    return all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def _dense_optimizers():
    """All of torch.optim that takes dense gradients and steps without a closure."""
    found = {}
    for name, kind in vars(torch.optim).items():
        if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer):
            found[name] = kind
    for name in ("Optimizer", "SparseAdam", "LBFGS", "Muon"):  # Muon takes matrices only
        found.pop(name, None)
    return found


@pytest.mark.parametrize("name", _dense_optimizers())
def test_any_optimizer_of_torch_can_be_wrapped(name):
    """Nothing at nu = 0; at nu > 0 what the base does to gradients with the field added by hand."""
    kind = _dense_optimizers()[name]
    for nu in (0.0, 0.7):
        plain, wrapped = small_model(), small_model()
        reference = kind(plain.parameters(), lr=0.01)
        optimizer = AnnealSGD(
            kind(wrapped.parameters(), lr=0.01), nu, Step(4.0), seed=3, scale=0.5, steps_per_epoch=1
        )
        field = optimizer.directions(list(wrapped.parameters()))
        for step, (inputs, labels) in enumerate(minibatches()):
            reference.zero_grad()
            cross_entropy(plain(inputs), labels).backward()
            if step < 4:
                for p, h in zip(plain.parameters(), field, strict=True):
                    p.grad.add_(h, alpha=0.5 * nu)
            reference.step()
            _train(wrapped, optimizer, [(inputs, labels)])
            assert _same(plain, wrapped)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("base", BASES)
def test_without_field_every_step_is_the_base_optimizers_bit_for_bit(base, wrapper):
    plain, wrapped = small_model(), small_model()
    reference = BASES[base](plain.parameters())
    optimizer = WRAPPERS[wrapper](BASES[base](wrapped.parameters()), nu=0.0)
    for batch in minibatches():
        _train(plain, reference, [batch])
        _train(wrapped, optimizer, [batch])
        assert _same(plain, wrapped)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("base", BASES)
def test_saved_and_resumed_equals_uninterrupted_bit_for_bit(base, wrapper):
    batches = minibatches(8)

    def fresh(seed):
        model = small_model()
        optimizer = WRAPPERS[wrapper](BASES[base](model.parameters()), nu=1.0, seed=seed)
        return model, optimizer

    whole, optimizer = fresh(7)
    optimizer.calibrate(whole, batches, cross_entropy)
    _train(whole, optimizer, batches)

    half, optimizer = fresh(7)
    optimizer.calibrate(half, batches, cross_entropy)
    _train(half, optimizer, batches[:4])
    buffer = io.BytesIO()
    torch.save({"model": half.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
    buffer.seek(0)
    saved = torch.load(buffer, weights_only=True)

    resumed, optimizer = fresh(99)  # its seed must come from the file
    resumed.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    _train(resumed, optimizer, batches[4:])
    assert _same(whole, resumed)


def test_the_state_holds_no_copy_of_the_field():
    model = small_model()
    optimizer = AnnealSGD(torch.optim.SGD(model.parameters(), lr=0.1), scale=1.0, steps_per_epoch=4)
    _train(model, optimizer, minibatches(2))
    state = optimizer.state_dict()
    buffer = io.BytesIO()
    torch.save(state, buffer)
    assert buffer.tell() < 4 * sum(p.numel() for p in model.parameters()) + 2000
    assert not any(torch.is_tensor(value) for value in tree_leaves(state))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_the_field_takes_the_memory_of_the_parameters_and_no_more(dtype):
    weights = [nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in ((300, 400), (77,), ())]
    for wrapper in WRAPPERS.values():
        optimizer = wrapper(torch.optim.SGD(weights, lr=0.1), scale=1.0, steps_per_epoch=2)
        for p in weights:
            p.grad = torch.zeros_like(p)
        before = [p.grad for p in weights]
        optimizer.step()
        assert all(p.grad is g for p, g in zip(weights, before, strict=True))  # added in place
        assert 0 <= optimizer.alignment() <= 1
        h = optimizer.directions(weights)
        sizes = [t.untyped_storage().nbytes() for t in h]
        assert sizes == [p.untyped_storage().nbytes() for p in weights]
        kept = isinstance(optimizer, AnnealSGD)  # the one copy; noise keeps none
        again = optimizer.directions(weights)
        assert all((a is b) == kept for a, b in zip(h, again, strict=True))


def test_the_alignment_of_half_precision_weights_does_not_overflow():
    h = AnnealSGD(torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0), seed=4)
    weights = nn.Parameter(torch.zeros(200_000, dtype=torch.float16))
    weights.data = h.directions([weights])[0].clone()
    optimizer = AnnealSGD(torch.optim.SGD([weights], lr=0.1), seed=4)
    assert optimizer.alignment() == pytest.approx(1.0, abs=1e-3)


def test_the_field_follows_a_model_that_is_moved():
    model = small_model()
    optimizer = AnnealSGD(torch.optim.SGD(model.parameters(), lr=0.1), scale=1.0, steps_per_epoch=9)
    first = [h.clone() for h in optimizer.directions(list(model.parameters()))]
    model.double()
    batches = [(inputs.double(), labels) for inputs, labels in minibatches(2)]
    _train(model, optimizer, batches)
    for old, new in zip(first, optimizer.directions(list(model.parameters())), strict=True):
        assert new.dtype == torch.float64
        assert torch.equal(old.double(), new)


@pytest.mark.parametrize("copying", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_goes_on_like_the_original(copying):
    model = small_model()
    optimizer = AnnealSGD(torch.optim.Adam(model.parameters()), scale=0.1, steps_per_epoch=4)
    _train(model, optimizer, minibatches(3))
    twin, twin_optimizer = copying((model, optimizer))
    _train(model, optimizer, minibatches(3))
    _train(twin, twin_optimizer, minibatches(3))
    assert _same(model, twin)


def test_the_minimiser_of_the_perturbed_quadratic_is_found():
    curvature = torch.tensor([1.0, 2.0, 4.0, 0.5], dtype=torch.float64)
    weights = nn.Parameter(torch.ones(4, dtype=torch.float64))
    optimizer = AnnealSGD(
        torch.optim.SGD([weights], lr=0.2),
        nu=1.5,
        schedule=lambda t: 1.0,
        seed=3,
        scale=2.0,
        steps_per_epoch=1,
    )
    h = optimizer.directions([weights])[0].clone()
    for _ in range(400):
        optimizer.zero_grad()
        (0.5 * curvature * weights**2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(weights.detach(), -3.0 * h / curvature, rtol=1e-9)
    assert optimizer.alignment() > 0.5


@pytest.mark.parametrize("line_search", [None, "strong_wolfe"])
def test_closures_line_searches_see_the_perturbed_loss_and_the_user_the_plain_one(line_search):
    curvature = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    weights = nn.Parameter(torch.ones(3, dtype=torch.float64))
    base = torch.optim.LBFGS([weights], max_iter=50, line_search_fn=line_search)
    optimizer = AnnealSGD(base, schedule=Step(1.0), seed=5, scale=1.0, steps_per_epoch=4)

    def closure():
        optimizer.zero_grad()
        loss = (0.5 * curvature * weights**2).sum()
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert float(first.detach()) == 3.5
    for _ in range(3):
        optimizer.step(closure)
    h = optimizer.directions([weights])[0]
    np.testing.assert_allclose(weights.detach(), -h / curvature, atol=1e-4)
    for _ in range(4):  # the field is off from here
        optimizer.step(closure)
    np.testing.assert_allclose(weights.detach(), 0.0, atol=1e-4)


def test_a_closure_gives_the_same_steps_as_no_closure():
    one, two = small_model(), small_model()
    options = {"scale": 0.1, "steps_per_epoch": 4}
    first = AnnealSGD(BASES["adam"](one.parameters()), **options)
    second = AnnealSGD(BASES["adam"](two.parameters()), **options)
    for inputs, labels in minibatches():
        _train(one, first, [(inputs, labels)])

        def closure(inputs=inputs, labels=labels):
            second.zero_grad()
            loss = cross_entropy(two(inputs), labels)
            loss.backward()
            return loss

        second.step(closure)
    assert _same(one, two)


def test_parameter_groups_and_schedulers_act_on_the_base():
    model = small_model()
    layers = [m for m in model if isinstance(m, nn.Linear)]
    base = torch.optim.SGD(
        [{"params": layers[0].parameters(), "lr": 1.0}, {"params": layers[1].parameters()}], lr=0.5
    )
    optimizer = AnnealSGD(base, scale=0.1, steps_per_epoch=4)
    kept = optimizer.directions([p for g in optimizer.param_groups for p in g["params"]])
    optimizer.add_param_group({"params": list(layers[2].parameters()), "lr": 0.25})
    assert optimizer.param_groups is base.param_groups
    assert len(base.param_groups) == 3
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.1)
    _train(model, optimizer, minibatches(2), scheduler)
    assert [g["lr"] for g in base.param_groups] == pytest.approx([0.1, 0.05, 0.025])
    again = optimizer.directions([p for g in optimizer.param_groups for p in g["params"]])
    assert all(torch.equal(a, b) for a, b in zip(kept, again, strict=False))
    optimizer.zero_grad()
    assert all(p.grad is None for p in model.parameters())


SCHEDULERS = {
    "lambda": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda k: 0.9**k),
    "exponential": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 5),
    "warm restarts": lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
    "cyclic": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, 2),
    "chained": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o,
        [
            torch.optim.lr_scheduler.LinearLR(o, 0.1, total_iters=2),
            torch.optim.lr_scheduler.StepLR(o, 1, 0.5),
        ],
        [2],
    ),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_acts_as_on_the_base_itself(name):
    plain, wrapped = small_model(), small_model()
    reference = BASES["sgd"](plain.parameters())
    optimizer = AnnealSGD(BASES["sgd"](wrapped.parameters()), nu=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of the schedulers inside SequentialLR
        first, second = SCHEDULERS[name](reference), SCHEDULERS[name](optimizer)
        for batch in minibatches():
            _train(plain, reference, [batch], first)
            _train(wrapped, optimizer, [batch], second)
            assert first.get_last_lr() == second.get_last_lr()
            assert _same(plain, wrapped)


def test_a_scheduler_that_watches_the_loss_acts_on_the_base():
    model = small_model()
    optimizer = AnnealSGD(BASES["sgd"](model.parameters()), nu=0.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.1)
    for _ in range(3):
        _train(model, optimizer, minibatches(1))
        scheduler.step(1.0)
    assert optimizer.base.param_groups[0]["lr"] == pytest.approx(0.05 * 0.01)


def test_settings_of_a_group_are_its_own_and_a_tensor_may_be_the_rate():
    frozen, moved = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    base = torch.optim.SGD(
        [{"params": [frozen], "lr": torch.tensor(0.0)}, {"params": [moved], "weight_decay": 0.5}],
        lr=torch.tensor(0.1),
    )
    optimizer = AnnealSGD(base, 1.0, lambda t: 1.0, scale=2.0, steps_per_epoch=1)
    frozen.grad, moved.grad = torch.zeros(3), torch.zeros(3)
    h = optimizer.directions([frozen, moved])[1].clone()
    optimizer.step()
    assert torch.equal(frozen.detach(), torch.ones(3))
    torch.testing.assert_close(moved.detach(), 1 - 0.1 * (2.0 * h + 0.5))


def test_hooks_run_once_around_a_step_and_see_the_wrapper():
    model = small_model()
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scale=0.1, steps_per_epoch=4)
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append(("before", o, o.steps)))
    optimizer.register_step_post_hook(lambda o, *_: seen.append(("after", o, o.steps)))
    _train(model, optimizer, minibatches(1))
    assert seen == [("before", optimizer, 0), ("after", optimizer, 1)]


def test_a_step_without_any_gradient_moves_nothing():
    model = small_model()
    before = copy.deepcopy(model)
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scale=0.1, steps_per_epoch=4)
    optimizer.zero_grad()
    optimizer.step()
    assert _same(model, before)


def test_an_overflow_skips_the_step_and_stops_the_clock():
    model = small_model()
    before = copy.deepcopy(model)
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scale=0.1, steps_per_epoch=4)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    inputs, labels = minibatches(1)[0]
    scaler.scale(cross_entropy(model(inputs), labels)).backward()
    next(model.parameters()).grad[0, 0] = float("inf")
    scaler.step(optimizer)
    scaler.update()
    assert _same(model, before)
    assert optimizer.steps == 0
    assert scaler.get_scale() < 2.0**10


def test_one_cycle_scheduler_survives_loading_a_state():
    model = small_model()
    optimizer = AnnealSGD(BASES["adamw"](model.parameters()), scale=0.1, steps_per_epoch=4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=8)
    _train(model, optimizer, minibatches(2), scheduler)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    before = optimizer.param_groups[0]["lr"]
    _train(model, optimizer, minibatches(2), scheduler)
    assert optimizer.base.param_groups[0]["lr"] != before
    assert optimizer.steps == 4


def test_the_gradient_scaler_scales_the_loss_and_not_the_field():
    plain, scaled = small_model(), small_model()
    options = {"scale": 0.5, "steps_per_epoch": 4}
    first = AnnealSGD(BASES["sgd"](plain.parameters()), **options)
    second = AnnealSGD(BASES["sgd"](scaled.parameters()), **options)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for inputs, labels in minibatches():
        _train(plain, first, [(inputs, labels)])
        second.zero_grad()
        scaler.scale(cross_entropy(scaled(inputs), labels)).backward()
        scaler.step(second)
        scaler.update()
    for a, b in zip(plain.parameters(), scaled.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_autocast_and_half_precision_parameters():
    model = small_model()
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scale=0.1, steps_per_epoch=4)
    for inputs, labels in minibatches(3):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    assert all(torch.isfinite(p).all() for p in model.parameters())
    half = nn.Parameter(torch.ones(50, dtype=torch.bfloat16))
    optimizer = AnnealSGD(torch.optim.SGD([half], lr=0.1), scale=1.0, steps_per_epoch=1)
    half.sum().backward()
    optimizer.step()
    assert half.dtype == torch.bfloat16


def test_parameters_without_gradient_stay_where_they_are():
    model = small_model()
    frozen = next(model.parameters())
    frozen.requires_grad_(False)
    before = frozen.clone()
    optimizer = AnnealSGD(BASES["adam"](model.parameters()), scale=0.1, steps_per_epoch=4)
    _train(model, optimizer, minibatches(2))
    assert torch.equal(frozen, before)


def test_calibration_is_the_written_formula_and_leaves_no_trace():
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 8), nn.Linear(8, 3))
    batches = minibatches(3)
    before = copy.deepcopy(model.state_dict())
    optimizer = AnnealSGD(BASES["sgd"](model.parameters()), nu=2.0)
    state = torch.get_rng_state()
    measured = optimizer.calibrate(model, batches, cross_entropy, batches=2)
    assert torch.equal(state, torch.get_rng_state())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(p.grad is None for p in model.parameters())
    squares = []
    for inputs, labels in batches[:2]:
        model.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        squares += [p.grad.flatten().square() for p in model.parameters()]
    rms = float(torch.cat(squares).mean().sqrt())
    assert measured.rms == pytest.approx(rms, rel=1e-5)
    assert measured.depth == 3
    assert optimizer.scales == pytest.approx([rms])  # sqrt(p - 2) = 1
    assert optimizer.field_strength == 2.0
    assert optimizer.steps_per_epoch == 3


def test_the_layer_scale_gives_every_tensor_its_own_unit():
    model = small_model()
    optimizer = AnnealSGD(
        torch.optim.SGD(model.parameters(), lr=1.0), scaling="layer", schedule=Step(1.0)
    )
    measured = optimizer.calibrate(model, minibatches(1), cross_entropy)
    parameters = list(model.parameters())
    before = [p.detach().clone() for p in parameters]
    for p in parameters:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    for p, old, h in zip(parameters, before, optimizer.directions(parameters), strict=True):
        torch.testing.assert_close(p.detach(), old - measured.layers[p] * h)


def test_a_fixed_field_adds_up_and_resampled_noise_does_not():
    size, steps = 4000, 100

    def distance(make):
        weights = nn.Parameter(torch.zeros(size))
        optimizer = make(
            torch.optim.SGD([weights], lr=1.0), schedule=lambda t: 1.0, scale=1.0, steps_per_epoch=1
        )
        for _ in range(steps):
            weights.grad = torch.zeros(size)
            optimizer.step()
        return float(weights.detach().norm()) / size**0.5

    assert distance(AnnealSGD) == pytest.approx(steps, rel=0.05)
    assert distance(AnnealedGradientNoise.matched) == pytest.approx(steps**0.5, rel=0.05)


def test_the_noise_follows_its_variance_law():
    weights = nn.Parameter(torch.zeros(20_000))
    optimizer = AnnealedGradientNoise(torch.optim.SGD([weights], lr=1.0), eta=0.3, seed=1)
    for t in range(4):
        before = weights.detach().clone()
        weights.grad = torch.zeros_like(weights)
        optimizer.step()
        variance = float((weights.detach() - before).var())
        assert variance == pytest.approx(0.3 / (1 + t) ** 0.55, rel=0.05)
        assert t == 0 or abs(variance / 0.3 - 1 / (1 + t)) > 0.05  # the plain 1/t law fails


def test_h_is_standard_normal_and_alignment_at_chance_before_training():
    weights = nn.Parameter(torch.randn(40_000, generator=torch.Generator().manual_seed(0)))
    optimizer = AnnealSGD(torch.optim.SGD([weights], lr=0.1), seed=11, scale=1.0, steps_per_epoch=1)
    h = optimizer.directions([weights])[0]
    assert abs(float(h.mean())) < 5 / 200
    assert float(h.std()) == pytest.approx(1.0, abs=0.02)
    assert optimizer.alignment() < 4 / 200
    other = AnnealSGD(torch.optim.SGD([weights], lr=0.1), seed=12)
    assert not torch.equal(h, other.directions([weights])[0])
    expected = abs(float(h.double() @ weights.detach().double()))
    expected /= float(h.double().norm() * weights.detach().double().norm())
    assert optimizer.alignment() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nu": -1.0}, "nu"),
        ({"nu": float("nan")}, "nu"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"schedule": "cosine"}, "exponential, linear, step, power"),
        ({"tau": 0.0}, "tau"),
        ({"schedule": lambda t: 1.0, "tau": 1.0}, "callable"),
        ({"scaling": "block"}, "global, layer"),
        ({"scale": 0.0}, "scale"),
        ({"steps_per_epoch": 0}, "steps_per_epoch"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, words):
    base = torch.optim.SGD(small_model().parameters(), lr=0.1)
    with pytest.raises(InputError, match=words):
        AnnealSGD(base, **options)


def test_missing_units_foreign_states_and_shallow_networks_are_refused():
    model = small_model()
    optimizer = AnnealSGD(BASES["sgd"](model.parameters()), steps_per_epoch=4)
    with pytest.raises(InputError, match="calibrate"):
        _train(model, optimizer, minibatches(1))
    with pytest.raises(InputError, match="without a field"):
        optimizer.load_state_dict(BASES["sgd"](model.parameters()).state_dict())
    shallow = nn.Linear(6, 3)
    with pytest.raises(InputError, match="weight layers"):
        AnnealSGD(BASES["sgd"](shallow.parameters())).calibrate(
            shallow, minibatches(1), cross_entropy
        )
    with pytest.raises(InputError, match="minibatch"):
        optimizer.calibrate(model, [], cross_entropy)
    with pytest.raises(InputError, match="Optimizer"):
        AnnealSGD(model)
    lost = AnnealSGD(BASES["sgd"](model.parameters()), scale=1.0)
    with pytest.raises(InputError, match="steps_per_epoch"):
        _train(model, lost, minibatches(1))
    table = nn.Embedding(5, 2, sparse=True)
    sparse = AnnealSGD(torch.optim.SGD(table.parameters(), lr=0.1), scale=1.0, steps_per_epoch=1)
    mse_loss(table(torch.tensor([1])), torch.zeros(1, 2)).backward()
    with pytest.raises(InputError, match="dense"):
        sparse.step()
