"""The training loop and the evaluation.

All training drawings are one uint8 tensor; a step picks a batch of rows, varies it and learns from it. After each epoch
the run is written down, so an interrupted one loses at most an epoch. Under torchrun each process takes its share of
every batch.
"""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.distributed.nn
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from train.augment import Augmentation
from train.checkpoint import save
from train.dataset import TRAIN, VALIDATION, Drawings

Teacher = Callable[[Tensor], Tensor]  # bitmaps (N, 28, 28) uint8 -> probabilities (N, K)


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of, but for the network and the drawings."""

    epochs: int
    batch_size: int = 256
    optimizer: str = "adam"  # AdamW, or "sgd": with Nesterov momentum 0.9
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    balance: float = 0.5  # categories are drawn by their size to this power: 0 equally, 1 as they come
    averaging: float = 0.999  # of the weights over the last steps (an exponential mean), 0 for none
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    precision: str = "float32"  # or "bfloat16", for the network's own arithmetic
    teaching: float = 1.0  # share of the loss that a teacher's answers make, where there is a teacher
    softness: float = 2.0  # the temperature at which it is agreed with: unlikely categories count too
    views: int = 4  # of each drawing, over which a teacher's answer is averaged
    outlier_share: float = 1 / 8  # outliers to a drawing, in each batch
    outlier_weight: float = 0.5  # of their loss
    seed: int = 0


@dataclass
class Epoch:
    """One line of a run's history; accuracies are fractions, seconds are of this epoch."""

    train_loss: float
    train_top1: float
    validation_loss: float
    validation_top1: float
    seconds: float


def fit(
    network: nn.Sequential,
    drawings: Drawings,
    recipe: Recipe,
    run_file: Path,
    taught: Tensor | None = None,
    outliers: np.ndarray | None = None,
) -> list[Epoch]:
    """Train `network`, which takes float32 (N, 1, 28, 28) of 0 to 1; it ends with the weights of its best epoch.

    The best epoch is the one of lowest validation loss, each category weighed as training draws it. A category's share
    of the training is taken out of the logits that the network learns (logit adjustment, Menon et al., 2020), so that
    its answers hold for categories that are equally likely.
    The run goes on from `run_file` where that holds the same recipe on the same drawings; it stays there, complete.

    `taught` (N, K) is what `teach` gave for the training drawings: the network learns it beside the labels, or instead
    of them (distillation, Hinton et al., 2015). `outliers` (M, 28, 28) uint8 are drawings of no category: the network
    learns to find every category equally likely for them (outlier exposure, Hendrycks et al., 2019).
    """
    device = next(network.parameters()).device
    bitmaps, labels = _on_device(drawings, device)
    chosen = np.flatnonzero(drawings.split == TRAIN)
    held_out = np.flatnonzero(drawings.split == VALIDATION)
    if not len(held_out) or len(chosen) < recipe.batch_size:
        raise ValueError(
            f"{len(chosen)} drawings to train on and {len(held_out)} to validate with are too few: ask for more"
        )
    shares = category_shares(drawings.labels[chosen], len(drawings.categories), recipe.balance)
    prior = torch.from_numpy(np.log(shares)).float().to(device)
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)

    steps = len(chosen) // recipe.batch_size
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = AveragedModel(network, avg_fn=_exponential_mean(recipe.averaging), use_buffers=True)
    model = DistributedDataParallel(synchronize_norms(network)) if processes > 1 else network
    optimizer = _optimizer(network, recipe)
    augmenter = torch.Generator(device)
    history: list[Epoch] = []
    best: dict[str, Tensor] = {}
    identity = {
        "recipe": asdict(recipe),
        "drawings": drawings.fingerprint,
        "processes": processes,
        "shape": str(network),
        "taught": None if taught is None else _digest(taught.cpu().numpy()),
        "outliers": None if outliers is None else _digest(outliers),
    }
    strange = None if outliers is None or not len(outliers) else torch.from_numpy(outliers).to(device)

    saved = _resume(run_file, identity, device)
    if saved:
        network.load_state_dict(saved["network"])
        average.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best = [Epoch(**line) for line in saved["history"]], saved["best"]

    for epoch in range(len(history), recipe.epochs):
        started = time.perf_counter()
        _seed(augmenter, recipe.seed, epoch, rank)
        order = epoch_order(drawings.labels[chosen], shares, np.random.default_rng((recipe.seed, epoch)))
        model.train()
        loss_sum, right = torch.zeros((), device=device), torch.zeros((), device=device)
        for step in tqdm(range(steps), f"epoch {epoch + 1}/{recipe.epochs}", leave=False, disable=None, unit="batch"):
            positions = order[step * recipe.batch_size : (step + 1) * recipe.batch_size][rank::processes]
            rows = torch.from_numpy(chosen[positions])
            target = labels[rows.to(device)]
            pixels = _vary(bitmaps[rows.to(bitmaps.device)].to(device), recipe.augmentation, augmenter)
            if strange is not None:
                some = torch.randint(
                    len(strange), (round(len(rows) * recipe.outlier_share),), generator=augmenter, device=device
                )
                pixels = torch.cat([pixels, _vary(strange[some], recipe.augmentation, augmenter)])
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, epoch * steps + step, recipe.epochs * steps)
            logits, of_outliers = _forward(model, pixels, recipe.precision).tensor_split([len(rows)])
            loss = F.cross_entropy(logits + prior, target, label_smoothing=recipe.label_smoothing)
            if taught is not None:
                lesson = F.cross_entropy(logits / recipe.softness, taught[torch.from_numpy(positions)].to(device))
                loss = torch.lerp(loss, lesson, recipe.teaching)
            if len(of_outliers):
                loss = loss + recipe.outlier_weight * (of_outliers.logsumexp(1) - of_outliers.mean(1)).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            average.update_parameters(network)
            loss_sum += loss.detach()
            right += (logits.argmax(1) == target).float().mean()
        sums = torch.stack([loss_sum, right])
        if processes > 1:
            dist.all_reduce(sums)
        train_loss, train_top1 = (sums / steps / processes).tolist()
        validation_loss, validation_top1 = _validate(
            average.module, bitmaps, labels, held_out, shares, prior, recipe.precision
        )
        seconds = time.perf_counter() - started
        history.append(Epoch(train_loss, train_top1, validation_loss, validation_top1, seconds))
        if validation_loss <= min(line.validation_loss for line in history):
            best = {name: value.clone() for name, value in average.module.state_dict().items()}
        if rank == 0:
            _report(epoch, recipe.epochs, history[-1], steps * recipe.batch_size)
            save(
                run_file,
                {
                    "identity": identity,
                    "network": network.state_dict(),
                    "average": average.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": [asdict(line) for line in history],
                    "best": best,
                },
            )
    network.load_state_dict(best)
    network.eval()
    return history


def category_shares(labels: np.ndarray, categories: int, balance: float) -> np.ndarray:
    """The share (K,) of the training that each category gets: its size to the power of `balance`."""
    counts = np.bincount(labels, minlength=categories).astype(np.float64)
    if not counts.all():
        raise ValueError(f"category number {int(np.argmin(counts))} has no drawing to train on: ask for more drawings")
    shares: np.ndarray = counts**balance / (counts**balance).sum()
    return shares


def epoch_order(labels: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows (N,) for an epoch of as many drawings as there are, categories in these shares, in random order.

    A category's drawings are all taken equally often, give or take one.
    """
    quotas = np.diff(np.round(np.cumsum(shares) * len(labels)), prepend=0).astype(np.int64)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels, minlength=len(shares)))[:-1])
    taken = [np.resize(rng.permutation(rows), quota) for rows, quota in zip(members, quotas, strict=True)]
    return rng.permutation(np.concatenate(taken))


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Up in a straight line over the first tenth of all steps, then down along half a cosine to nearly nothing."""
    warm = max(1, steps // 10)
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    return recipe.learning_rate * (0.001 + 0.999 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2)


def predict(
    network: Callable[[Tensor], Tensor], bitmaps: Tensor, device: torch.device, batch_size: int = 1000
) -> Tensor:
    """What `network` says of bitmaps (N, 28, 28) uint8, on the CPU: (N, K)."""
    with torch.inference_mode():
        return torch.cat([network(batch.to(device)).cpu() for batch in torch.split(bitmaps, batch_size)])


def figures(probabilities: np.ndarray, labels: np.ndarray, categories: tuple[str, ...]) -> dict[str, Any]:
    """Top-1 and top-3 over all drawings, and top-1 of each category, as fractions."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    hits = order == labels[:, None]
    return {
        "top1": float(hits[:, 0].mean()),
        "top3": float(hits.any(axis=1).mean()),
        "drawings": len(labels),
        "per_category": {
            name: float(hits[labels == number, 0].mean())
            for number, name in enumerate(categories)
            if (labels == number).any()
        },
    }


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; a CPU without the instructions is slower in it by far."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def teach(drawings: Drawings, teacher: Teacher, recipe: Recipe, device: torch.device) -> Tensor:
    """What a teacher says of each training drawing, averaged over varied views of it and softened: (N, K), on the CPU.

    Views are not mirrored: a teacher may not know mirror images, and what a drawing shows its mirror image shows.
    """
    bitmaps = torch.from_numpy(drawings.bitmaps[drawings.split == TRAIN])
    varied = recipe.augmentation and replace(recipe.augmentation, flip=0.0)
    generator = torch.Generator(device)
    generator.manual_seed(recipe.seed)
    quick = has_fast_bfloat16(device)  # what a teacher says need not be exact
    answers = []
    for batch in tqdm(torch.split(bitmaps, 500), "asking the teacher", disable=None, unit="batch"):
        views = batch.to(device).repeat(recipe.views if varied else 1, 1, 1)
        pixels = (_vary(views, varied, generator)[:, 0] * 255).round().byte()
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=quick):
            answers.append(teacher(pixels).float().view(-1, len(batch), len(drawings.categories)).mean(0).cpu())
    return (torch.cat(answers).clamp(min=1e-9).log() / recipe.softness).softmax(1)


class SynchronizedNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over a batch that several processes hold parts of, on CPUs too (torch's own is not)."""

    def _check_input_dim(self, input: Tensor) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None and self.running_var is not None and self.momentum is not None
        others = [dim for dim in range(x.dim()) if dim != 1]
        moments = torch.stack([x.float().mean(others), x.float().square().mean(others)])
        mean, square = torch.distributed.nn.functional.all_reduce(moments) / dist.get_world_size()  # type: ignore[no-untyped-call]
        variance = square - mean.square()
        with torch.no_grad():
            count = x.numel() / x.shape[1] * dist.get_world_size()
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        shape = [1, -1] + [1] * (x.dim() - 2)
        gain = self.weight * torch.rsqrt(variance + self.eps)
        normalized: Tensor = x * gain.view(shape) + (self.bias - mean * gain).view(shape)
        return normalized


def synchronize_norms(network: nn.Module) -> nn.Module:
    """Make every batch normalisation of `network` a SynchronizedNorm, in place: parameters stay the same objects."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.__class__ = SynchronizedNorm  # type: ignore[assignment]
    return network


def _vary(bitmaps: Tensor, augmentation: Augmentation | None, generator: torch.Generator) -> Tensor:
    """Bitmaps (N, 28, 28) uint8 as pixels (N, 1, 28, 28) of 0 to 1, varied."""
    pixels = bitmaps[:, None].float() / 255
    return augmentation(pixels, generator) if augmentation else pixels


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).data).hexdigest()


def _on_device(drawings: Drawings, device: torch.device) -> tuple[Tensor, Tensor]:
    labels = torch.from_numpy(drawings.labels).to(device)
    if isinstance(drawings.bitmaps, np.memmap):  # larger than memory: batches travel, the set stays on disk
        return torch.from_numpy(np.asarray(drawings.bitmaps)), labels
    return torch.from_numpy(drawings.bitmaps).to(device), labels


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    # biases and norms are not decayed: a decay would only pull them off their place
    decayed = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, recipe.learning_rate, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, recipe.learning_rate)


def _exponential_mean(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    def mean(average: Tensor, value: Tensor, updates: Tensor | int) -> Tensor:
        # the first steps are soon forgotten: early on, the mean spans only the latest part of what there is
        kept = min(decay, (1 + int(updates)) / (10 + int(updates)))
        return average * kept + value * (1 - kept) if average.is_floating_point() else value

    return mean


def _forward(model: nn.Module, pixels: Tensor, precision: str) -> Tensor:
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        logits: Tensor = model(pixels.contiguous(memory_format=torch.channels_last))
    return logits.float()


def _validate(
    network: nn.Module,
    bitmaps: Tensor,
    labels: Tensor,
    rows: np.ndarray,
    shares: np.ndarray,
    prior: Tensor,
    precision: str,
) -> tuple[float, float]:
    network.eval()
    chosen = torch.from_numpy(rows)
    with torch.inference_mode():
        logits = torch.cat(
            [
                _forward(network, bitmaps[part.to(bitmaps.device)].to(prior.device)[:, None].float() / 255, precision)
                for part in torch.split(chosen, 1000)
            ]
        )
        target = labels[chosen.to(labels.device)]
        sizes = torch.bincount(target, minlength=len(shares)).clamp(min=1)
        weight = (torch.from_numpy(shares).to(target.device) / sizes)[target]
        losses = F.cross_entropy(logits + prior, target, reduction="none")
    return (losses * weight).sum().item() / weight.sum().item(), (logits.argmax(1) == target).float().mean().item()


def _seed(augmenter: torch.Generator, *of: int) -> None:
    """Every epoch starts from its own seed, so that a resumed run goes on as the uninterrupted one would have."""
    seed = int(np.random.SeedSequence(of).generate_state(1)[0])
    augmenter.manual_seed(seed)
    torch.manual_seed(seed)


def _resume(run_file: Path, identity: dict[str, Any], device: torch.device) -> dict[str, Any] | None:
    if not run_file.exists():
        return None
    saved: dict[str, Any] = torch.load(run_file, map_location=device, weights_only=True)
    if saved["identity"] != identity:
        print(f"{run_file} is another run's (other drawings, network or recipe): starting anew", flush=True)
        return None
    print(f"resuming {run_file} after epoch {len(saved['history'])}", flush=True)
    return saved


def _report(epoch: int, epochs: int, line: Epoch, drawings: int) -> None:
    left = (epochs - epoch - 1) * line.seconds
    print(
        f"epoch {epoch + 1:3d}/{epochs}  train loss {line.train_loss:.3f} top-1 {line.train_top1:6.2%}"
        f"  validation loss {line.validation_loss:.3f} top-1 {line.validation_top1:6.2%}"
        f"  {drawings / line.seconds:,.0f} drawings/s  {left / 60:.0f} min left",
        flush=True,
    )
