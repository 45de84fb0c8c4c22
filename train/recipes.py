"""How each architecture is trained. The values that are not usual ones have their reason beside them."""

from dataclasses import dataclass, field

from train.augment import BitmapAugmentation, StrokeAugmentation
from train.loader import Mix


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of, but for the network and the drawings."""

    epochs: int
    batch_size: int = 256
    optimizer: str = "adamw"  # or "sgd": with Nesterov momentum 0.9
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = True  # of the mlp; the others always have it
    ema_decay: float = (
        0.999  # of the weights' exponential moving average, which is what is kept; 0 for the last weights
    )
    cutmix: float = 0.0  # chance that a batch's drawings are mixed in pairs (Yun et al., 2019)
    distill_weight: float = 0.7  # share of the loss that agreeing with a teacher makes, where there is a teacher
    distill_temperature: float = 2.0
    qat_epochs: float = 0.1  # quantization-aware training afterwards, as a part of `epochs`
    other_samples: int = 0  # drawings of each other category that the network learns to call none of its own
    mix: Mix = field(default_factory=Mix)
    strokes: StrokeAugmentation | None = field(default_factory=StrokeAugmentation)
    bitmaps: BitmapAugmentation | None = field(default_factory=BitmapAugmentation)
    bfloat16: bool = True  # for the network's own arithmetic, where the device is fast in it
    seed: int = 0


RECIPES = {
    # ink alone; balance, since the ten categories have between 400 and 12,000 drawings each
    "mlp": Recipe(
        epochs=40,
        mix=Mix(balance=0.5, motion=0.0, sharp=0.5, others=0.25),
        other_samples=40,
        bfloat16=False,
    ),
    "cnn": Recipe(epochs=12, batch_size=512, learning_rate=4e-3, weight_decay=0.02, cutmix=0.2, ema_decay=0.998),
    # the teacher: large batches for a GPU
    "wide": Recipe(
        epochs=24, batch_size=1024, learning_rate=2e-3, label_smoothing=0.05, dropout=0.3, cutmix=0.3, qat_epochs=0.0
    ),
}
