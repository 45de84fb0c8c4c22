"""A checkpoint as a teacher, or as the start of a network that is trained further."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from train import checkpoint
from train.loop import Teacher, is_fast_in_bfloat16
from train.networks import NETWORKS, input_maps


def load_teacher(file: Path, categories: Sequence[str], device: torch.device) -> Teacher:
    """What a checkpoint's network says of drawings: logits of these categories alone.

    Raises ValueError where it does not know one of them, or is no checkpoint.
    """
    content = checkpoint.load(file)
    known = content["metadata"]["labels"]
    if missing := [name for name in categories if name not in known]:
        raise ValueError(f"the teacher {file} does not know {', '.join(missing)}: choose one that knows every category")
    network = NETWORKS[content["arch"]](len(known))
    network.load_state_dict({name: value.float() for name, value in content["weights"].items()})
    network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    rows = torch.tensor([known.index(name) for name in categories], device=device)
    maps = len(input_maps(content["arch"]))

    def teach(x: Tensor) -> Tensor:
        if x.shape[1] < maps:  # ink alone, for one that looks at motion too
            x = torch.cat([x, x.new_zeros(len(x), maps - x.shape[1], *x.shape[2:])], 1)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_fast_in_bfloat16(device)):
            logits: Tensor = network(x[:, :maps])
        return logits.float()[:, rows]

    return teach


def start_from(network: nn.Sequential, file: Path, categories: Sequence[str]) -> None:
    """Give `network` a checkpoint's weights, in place; of its last layer, those of the categories that both know.

    Raises ValueError where the two are not of the same architecture.
    """
    content = checkpoint.load(file)
    known = content["metadata"]["labels"]
    rows = [(row, known.index(name)) for row, name in enumerate(categories) if name in known]
    state = network.state_dict()
    for name, value in state.items():
        start = content["weights"].get(name)
        if start is None or start.shape[1:] != value.shape[1:]:
            raise ValueError(
                f"{file} is of another architecture: its {name} does not fit; train with --arch {content['arch']}"
            )
        if name.startswith(f"{len(network) - 1}."):  # the last layer
            for row, other in rows:
                value[row] = start[other]
        else:
            value.copy_(start)
