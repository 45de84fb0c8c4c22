"""Bitmaps that came through noise get their pixels back: a small network finds those that are inverted (255 - value).

Some copies of the data set carry such noise in whole categories, mostly at the strokes' edges, where a pixel and its
inverse are both likely. Left in, it would tell those categories apart from drawings as people make them. The network
learns on the drawings themselves, with pixels inverted at random; nearly all of theirs are right.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from train.dataset import Drawings
from train.download import one_process_at_a_time

LEARNED = 40_000  # drawings that the network learns from; where there are fewer, it meets them several times
RATE = 0.04  # of their pixels that are inverted for it
SURE = 0.7  # the probability at which a pixel is inverted back
ROUNDS = 4  # a pixel is judged better once those beside it are right


def mend(drawings: Drawings, cache: Path) -> Drawings:
    """The same drawings, with the pixels inverted back that are likely wrong; their split stays.

    That takes minutes, so the result is kept in `cache`, and made once for the same drawings.
    """
    kept = cache / f"mended-{drawings.fingerprint[:16]}.npy"
    with one_process_at_a_time(cache):
        if not kept.exists():
            bitmaps = np.array(drawings.bitmaps)
            invert_back(bitmaps)
            part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
            with part.open("wb") as stream:
                np.save(stream, bitmaps)
            part.replace(kept)
    return replace(drawings, bitmaps=np.load(kept))


def invert_back(bitmaps: np.ndarray, seed: int = 0) -> None:
    """Mend bitmaps (N, 28, 28) uint8 in place."""
    finder = _learn(bitmaps, seed)
    suspects = np.arange(len(bitmaps))
    with torch.inference_mode():
        for number in range(1, ROUNDS + 1):
            changed = []
            for rows in tqdm(
                np.array_split(suspects, -(-len(suspects) // 500)), f"mending, round {number}", disable=None
            ):
                batch = torch.from_numpy(bitmaps[rows])
                wrong = finder(_pixels(batch))[:, 0].sigmoid() > SURE
                bitmaps[rows] = torch.where(wrong, 255 - batch, batch).numpy()
                changed.append(rows[wrong.any(2).any(1).numpy()])
            suspects = np.concatenate(changed)
            if not len(suspects):
                break


def _learn(bitmaps: np.ndarray, seed: int) -> nn.Module:
    chosen = np.random.default_rng(seed).choice(len(bitmaps), min(LEARNED, len(bitmaps)), replace=False)
    chosen = np.resize(chosen, LEARNED)
    steps = max(1, len(chosen) // 50)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        finder: nn.Module = nn.Sequential(
            nn.Conv2d(2, 24, 5, padding=2),
            nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 1, 1),
        ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.Adam(finder.parameters())
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
        for rows in tqdm(np.array_split(chosen, steps), "learning to mend", disable=None, unit="batch"):
            right = torch.from_numpy(bitmaps[rows])
            wrong = torch.rand(right.shape) < RATE
            found = finder(_pixels(torch.where(wrong, 255 - right, right)))
            loss = F.binary_cross_entropy_with_logits(found[:, 0], wrong.float())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    finder.eval()
    return finder


def _pixels(bitmaps: Tensor) -> Tensor:
    """Bitmaps (N, 28, 28) uint8 as (N, 2, 28, 28): ink of 0 to 1, and ones, so that padding is not taken for paper."""
    ink = bitmaps[:, None].float() / 255
    return torch.cat([ink, torch.ones_like(ink)], 1).contiguous(memory_format=torch.channels_last)
