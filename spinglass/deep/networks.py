"""The three networks of the experiments in arXiv:1511.06485, with adjustable sizes."""

from torch import Tensor, nn

from spinglass.errors import InputError


def mnistfc(
    inputs: int = 784, classes: int = 10, depth: int = 20, width: int = 64, init: str = "default"
) -> nn.Sequential:
    """Return a deep and narrow fully connected ReLU network.

    Parameters
    ----------
    inputs, classes : int
        Number of pixels of an image, over all channels, and number of labels.
    depth, width : int
        Number of hidden layers and of units in each; there are ``depth + 1`` weight layers.
    init : {"default", "he"}
        PyTorch's default initialisation, with which the signal vanishes with depth, or He's, with
        which it does not.
    """
    if init not in ("default", "he"):
        raise InputError(f"init must be default or he, got {init!r}")
    layers: list[nn.Module] = [nn.Flatten()]
    for position in range(depth):
        layers += [nn.Linear(width if position else inputs, width), nn.ReLU()]
    layers.append(nn.Linear(width, classes))
    if init == "he":
        for layer in layers:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def lenet(
    side: int = 28, channels: int = 1, classes: int = 10, dropout: float = 0.0
) -> nn.Sequential:
    """Return LeNet: 20 and 50 filters of 5 x 5 with pooling, 500 hidden units, ReLU."""
    last = ((side - 4) // 2 - 4) // 2
    if last < 1:
        raise InputError(f"lenet needs images of at least 16 x 16 pixels, got {side} x {side}")
    return nn.Sequential(
        nn.Conv2d(channels, 20, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(50 * last * last, 500),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(500, classes),
    )


class AllCNN(nn.Module):
    """All-CNN-C (Springenberg et al., arXiv:1412.6806) with batch normalisation after every layer.

    Parameters
    ----------
    channels, classes : int
        Number of channels of the images and number of labels.
    width : int
        Number of filters in the first block; the second has twice as many. 96 in the paper.
    dropout : float
        Dropout rate after the two strided layers; 0.5 in the full network.
    """

    def __init__(
        self, channels: int = 3, classes: int = 10, width: int = 96, dropout: float = 0.0
    ) -> None:
        super().__init__()
        # filters, kernel, stride of each of the nine convolutions
        plan = [
            (width, 3, 1),
            (width, 3, 1),
            (width, 3, 2),
            (2 * width, 3, 1),
            (2 * width, 3, 1),
            (2 * width, 3, 2),
            (2 * width, 3, 1),
            (2 * width, 1, 1),
            (classes, 1, 1),
        ]
        layers: list[nn.Module] = []
        for filters, kernel, stride in plan:
            layers += [
                nn.Conv2d(channels, filters, kernel, stride, kernel // 2, bias=False),
                nn.BatchNorm2d(filters),
                nn.ReLU(),
            ]
            if stride == 2 and dropout:
                layers.append(nn.Dropout(dropout))
            channels = filters
        self.features = nn.Sequential(*layers[:-1])

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, averaged over the image plane."""
        maps: Tensor = self.features(images)
        return maps.mean(dim=(2, 3))
