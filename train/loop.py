"""The training loop: batches in, a trained network and the history of its epochs out.

After each epoch the run is written down, so an interrupted one loses at most an epoch. Under torchrun each process
takes its share of every batch.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import get_ema_multi_avg_fn
from tqdm import tqdm

from train import checkpoint
from train.data import TRAIN, VALIDATION, Drawings, StrokeDrawings
from train.loader import RESAMPLED, Batches, load_batches, served
from train.metrics import accuracy, predict
from train.recipes import Recipe

MIN_BATCH, MIN_STEPS = 32, 300  # few drawings are taken in small batches, so that a short run learns something too

Teacher = Callable[[Tensor], Tensor]  # drawings, float32 (N, C, 28, 28) of 0 to 1, to logits (N, K)


@dataclass(frozen=True)
class Setting:
    """Where and on what a network is trained."""

    drawings: Drawings
    maps: int  # of a drawing: 1 for the ink alone, 6 with motion
    device: torch.device
    workers: int
    teacher: Teacher | None = None
    others: StrokeDrawings | None = None  # drawings of none of the categories


@dataclass
class Progress:
    """One line of a run's history; accuracies are fractions."""

    train_loss: float
    validation_loss: float
    validation_top1: float
    drawings_per_second: float


def fit(network: nn.Sequential, recipe: Recipe, setting: Setting, run_file: Path, identity: Any) -> list[Progress]:
    """Train `network`, in place; it ends with the average of its weights.

    The run goes on from `run_file` where that was written under the same identity, recipe and drawings.
    """
    drawings, device = setting.drawings, setting.device
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    train_count = int((drawings.strokes.split == TRAIN).sum() + (drawings.bitmaps.split == TRAIN).sum())
    recipe = replace(
        recipe, batch_size=min(recipe.batch_size, max(MIN_BATCH, train_count * recipe.epochs // MIN_STEPS))
    )
    share = slice(rank, None, processes)
    batches = Batches(
        drawings, setting.others, recipe.mix, recipe.strokes, setting.maps, recipe.batch_size, recipe.seed, share
    )
    steps = batches.steps
    shown, truth = served(drawings, VALIDATION, setting.maps)
    validation = torch.from_numpy(shown), torch.from_numpy(truth)

    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval()
    model = DistributedDataParallel(network) if processes > 1 else network
    optimizer = build_optimizer(network, recipe)
    generator = torch.Generator(device)

    history: list[Progress] = []
    parts: dict[str, nn.Module | torch.optim.Optimizer] = {
        "network": network,
        "average": average,
        "optimizer": optimizer,
    }
    identity = {"recipe": asdict(recipe), "drawings": drawings.fingerprint, "of": identity}
    if saved := resume(run_file, identity, device):
        history = [Progress(**line) for line in saved["history"]]
        for name, part in parts.items():
            part.load_state_dict(saved[name])

    numbers = range(len(history) * steps, recipe.epochs * steps)
    queue = iter(load_batches(batches, numbers, setting.workers, device))
    for epoch in range(len(history), recipe.epochs):
        started = time.perf_counter()
        generator.manual_seed((recipe.seed * 10_007 + epoch) * 101 + rank)
        model.train()
        loss_sum = torch.zeros((), device=device)
        in_epoch = range(epoch * steps, (epoch + 1) * steps)
        for step in tqdm(in_epoch, f"epoch {epoch + 1}/{recipe.epochs}", leave=False, disable=None, unit="batch"):
            maps, kinds, labels = (values.to(device, non_blocking=True) for values in next(queue))
            x, targets = vary(maps, kinds, labels, len(drawings.categories), recipe, generator)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step, recipe.epochs * steps)
            loss = loss_of(forward(model, x, recipe), x, targets, recipe, setting.teacher)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            update_average(average, network, min(recipe.ema_decay, (1 + step) / (10 + step)))
            loss_sum += loss.detach()
        speed = steps * recipe.batch_size / (time.perf_counter() - started)
        history.append(measure(average, validation, loss_sum.item() / steps, speed, recipe))
        if rank == 0:
            report(epoch, recipe.epochs, history[-1])
            states = {name: part.state_dict() for name, part in parts.items()}
            checkpoint.save(run_file, {"identity": identity, "history": [asdict(line) for line in history], **states})
    network.load_state_dict(average.state_dict())
    network.eval()
    return history


def vary(
    maps: Tensor, kinds: Tensor, labels: Tensor, categories: int, recipe: Recipe, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A batch as the network gets it: float32 (N, C, 28, 28) of 0 to 1, and targets (N, K + 1).

    Resampled ink is varied as bitmaps are; the last target is "none of these".
    """
    x, targets = maps.float() / 255, F.one_hot(labels, categories + 1).float()
    rows = torch.nonzero(kinds == RESAMPLED)[:, 0]
    if recipe.bitmaps and len(rows):
        x[rows, :1] = recipe.bitmaps(x[rows, :1], generator)
    if recipe.cutmix:
        x, targets = cutmix(x, targets, recipe.cutmix, generator)
    return x.contiguous(memory_format=torch.channels_last), targets


def cutmix(x: Tensor, targets: Tensor, chance: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """At times, each drawing with a rectangle of another one, and the targets in proportion to the areas."""
    top, bottom, left, right, draw = torch.rand(5, generator=generator, device=x.device).tolist()
    if draw >= chance:
        return x, targets
    (top, bottom), (left, right) = (
        [round(28 * side) for side in sorted(pair)] for pair in ((top, bottom), (left, right))
    )
    other = torch.randperm(len(x), generator=generator, device=x.device)
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = x[other, :, top:bottom, left:right]
    return mixed, targets.lerp(targets[other], (bottom - top) * (right - left) / 28**2)


def loss_of(logits: Tensor, x: Tensor, targets: Tensor, recipe: Recipe, teacher: Teacher | None) -> Tensor:
    """Cross-entropy, and agreement with a teacher (Hinton et al., 2015).

    `targets` (N, K + 1) has "none of these" as its last class, whose logit is always 0; it counts only where the
    network learns from drawings of other categories.
    """
    if recipe.other_samples:
        logits_and_none = F.pad(logits, (0, 1))
    else:
        logits_and_none, targets = logits, targets[:, :-1]
    loss = F.cross_entropy(logits_and_none, targets, label_smoothing=recipe.label_smoothing)
    if teacher is None:
        return loss
    of_category = 1 - targets[:, -1] if recipe.other_samples else targets.new_ones(len(targets))
    with torch.no_grad():
        taught = (teacher(x) / recipe.distill_temperature).softmax(1)
    lesson = F.cross_entropy(logits / recipe.distill_temperature, taught, reduction="none") * recipe.distill_temperature
    return torch.lerp(loss, (lesson * of_category).mean(), recipe.distill_weight)


def forward(model: nn.Module, x: Tensor, recipe: Recipe) -> Tensor:
    with torch.autocast(x.device.type, torch.bfloat16, enabled=recipe.bfloat16 and is_fast_in_bfloat16(x.device)):
        logits: Tensor = model(x)
    return logits.float()


def is_fast_in_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; a CPU without the instructions is slower in it by far."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def build_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Weight decay is for matrices and kernels, not for biases and norms."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, recipe.learning_rate, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, recipe.learning_rate)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Up in a straight line over the first tenth of all steps, then down along half a cosine to nearly nothing."""
    warm = max(1, steps // 10)
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    return recipe.learning_rate * (0.001 + 0.999 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2)


def update_average(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the average's weights and statistics towards the network's."""
    pairs = zip(average.state_dict().values(), network.state_dict().values(), strict=True)
    kept, new = zip(*((a, b) for a, b in pairs if a.is_floating_point()), strict=True)
    get_ema_multi_avg_fn(decay)(list(kept), list(new), None)  # type: ignore[no-untyped-call]


def measure(
    network: nn.Module, validation: tuple[Tensor, Tensor], train_loss: float, speed: float, recipe: Recipe
) -> Progress:
    maps, labels = validation
    logits = predict(
        lambda batch: forward(network, batch.float() / 255, recipe), maps, next(network.parameters()).device
    )
    loss = F.cross_entropy(logits, labels).item()
    return Progress(train_loss, loss, accuracy(logits.numpy(), labels.numpy(), logits.shape[1])["top1"], speed)


def report(epoch: int, epochs: int, line: Progress) -> None:
    print(
        f"epoch {epoch + 1:3}/{epochs}: train loss {line.train_loss:.3f}, validation loss {line.validation_loss:.3f},"
        f" top-1 {line.validation_top1:.2%}, {line.drawings_per_second:,.0f} drawings/s",
        flush=True,
    )


def resume(run_file: Path, identity: Any, device: torch.device) -> dict[str, Any] | None:
    """What an interrupted run of the same identity left, or None."""
    if not run_file.exists():
        return None
    saved: dict[str, Any] = torch.load(run_file, map_location=device, weights_only=True)
    if saved["identity"] != identity:
        return None
    print(f"going on after epoch {len(saved['history'])}", flush=True)
    return saved
