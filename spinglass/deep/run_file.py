"""A training run in a file: one method and one seed."""

from spinglass.files.kind import Kind, Variable

_STEP = ("step",)

TRAINING = Kind(
    schema="spinglass-training-1",
    noun="a training run",
    title="One network trained with one method and one seed",
    attributes=("config", "method", "index", "parameters", "seconds"),
    variables={
        "epoch": Variable(("epoch",), "complete epochs", int),
        "trained_epoch": Variable(("trained_epoch",), "epochs of training, from 1", int),
        "step": Variable(_STEP, "steps before the record", int),
        "layer": Variable(("layer",), "name of the weights of the layer", None),
        "quantile": Variable(
            ("quantile",), "share of the recorded steps of the epoch that lie below"
        ),
        "test_error": Variable(("epoch",), "test error", units="fraction of test images"),
        "log10_gradient": Variable(
            ("trained_epoch", "layer", "quantile"), "log10 of the mean |dL/dw| of the layer"
        ),
        "loss": Variable(_STEP, "training loss, mean since the last record of the epoch"),
        "min_gradient": Variable(_STEP, "smallest mean |dL/dw| of a weight layer"),
        "alignment": Variable(_STEP, "|h.w| / (|h| |w|) of the field and the weights"),
        "field_strength": Variable(_STEP, "strength of the field", units="critical field"),
    },
)
