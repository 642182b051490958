"""The cut-in predictor: a small network over 2 s of one neighbour's track, and its two files: weights and card."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from training.calibration import Calibration
from training.dataset import Floats, Normalisation, Samples

WEIGHTS = "weights.safetensors"
CARD = "model.json"


class CutInNet(nn.Module):
    """[n, num_inputs] normalised features -> [n] logit that the neighbour cuts in within 3 s."""

    def __init__(self, num_inputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_inputs, hidden),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(inputs).squeeze(-1)
        return logits


@dataclass(frozen=True)
class CutInModel:
    """Everything needed to score samples. Nothing in it is code, so loading it can run nothing."""

    net: CutInNet
    normalisation: Normalisation
    calibration: Calibration
    hidden: int

    def logits(self, data: Samples) -> Floats:
        """[n] uncalibrated logits."""
        self.net.eval()
        with torch.no_grad():
            logits = self.net(torch.from_numpy(self.normalisation.inputs(data)))
        return np.asarray(logits.numpy(), dtype=np.float64)

    def probabilities(self, data: Samples) -> Floats:
        """[n] calibrated probability 0..1 of a cut-in within 3 s."""
        return self.calibration.probabilities(self.logits(data))

    def save(self, folder: Path) -> None:
        """Write WEIGHTS and CARD into `folder`; the same model gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.contiguous() for name, tensor in self.net.state_dict().items()}, folder / WEIGHTS)
        card = {
            "hidden": self.hidden,
            "calibration": asdict(self.calibration),
            "normalisation": asdict(self.normalisation),
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model of `folder`, ready to score."""
        card = json.loads((folder / CARD).read_text())
        normalisation = Normalisation(**card["normalisation"])
        net = CutInNet(normalisation.num_inputs, card["hidden"], dropout=0.0)
        net.load_state_dict(load_file(folder / WEIGHTS))
        return cls(net, normalisation, Calibration(**card["calibration"]), card["hidden"])
