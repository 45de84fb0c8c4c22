"""Run by torchrun: how far the gradients of processes that share a batch are from one process's, of the largest."""

import copy

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from train import networks
from train.fit import synchronize_norms


def main() -> None:
    torch.manual_seed(0)
    alone = networks.cnn(3, widths=(4, 6, 8, 12), dropout=0)
    shared = copy.deepcopy(alone)
    bitmaps, labels = torch.rand(32, 1, 28, 28), torch.randint(3, (32,))
    F.cross_entropy(alone(bitmaps), labels).backward()

    rank, processes = dist.get_rank(), dist.get_world_size()
    model = DistributedDataParallel(synchronize_norms(shared))
    F.cross_entropy(model(bitmaps[rank::processes]), labels[rank::processes]).backward()
    pairs = list(zip(alone.parameters(), shared.parameters(), strict=True))
    if rank == 0:
        print(max(((ours.grad - theirs.grad).abs().max() / ours.grad.abs().max()).item() for ours, theirs in pairs))


dist.init_process_group("gloo")
main()  # in a function: a DistributedDataParallel that outlives its group may abort the process at its end
dist.destroy_process_group()
