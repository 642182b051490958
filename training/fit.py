"""Fit the cut-in predictor: same samples, same seed, same recipe, same machine kind: the same bytes of weights."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from training.calibration import Calibration, calibrate
from training.dataset import Normalisation, Samples
from training.model import CutInModel, CutInNet


@dataclass(frozen=True)
class Recipe:
    """Everything a person might tune.

    One wide hidden layer and strong decay: with the few dozen cut-ins of a small fleet, deeper networks and a GRU over
    the lags did worse in a cross-validation over drives.
    """

    hidden: int = 128
    dropout: float = 0.5
    learning_rate: float = 2e-3
    weight_decay: float = 3.0
    batch_size: int = 256
    max_epochs: int = 100
    patience: int = 12
    blind_epochs: int = 15


@dataclass(frozen=True)
class Fit:
    """A fitted model; `history` has one (train, validation) log loss per epoch, validation NaN where there is none."""

    model: CutInModel
    history: list[tuple[float, float]]
    notes: list[str]


def fit(data: Samples, seed: int, recipe: Recipe) -> Fit:
    """Train on the train split, stop early and calibrate on the validation split. The test split is not touched.

    Where the validation split lacks one of the two outcomes, every third train drive takes its place, and a note says
    so; where that is not enough either, training takes `blind_epochs` and the probabilities are not calibrated.

    Raises:
        DatasetError: the train split does not hold both outcomes.
    """
    data, notes = _with_validation(data)
    normalisation = Normalisation.fit(data)
    with _deterministic(seed):
        net = CutInNet(normalisation.num_inputs, recipe.hidden, recipe.dropout)
        history = _descend(net, normalisation.inputs(data), data, seed, recipe)
        model = CutInModel(net, normalisation, Calibration(), recipe.hidden)
        logits = model.logits(data)
    chosen = data.of("validation")
    if not _has_both(data.is_positive[chosen]):
        return Fit(model, history, notes)
    calibration = calibrate(logits[chosen], data.is_positive[chosen])
    return Fit(CutInModel(net, normalisation, calibration, recipe.hidden), history, notes)


def _with_validation(data: Samples) -> tuple[Samples, list[str]]:
    """`data`, with train drives moved to a validation split that lacked an outcome, and notes on what was done."""
    if _has_both(data.is_positive[data.of("validation")]):
        return data, []
    train = data.of("train")
    with_cut_in = sorted(set(data.drive_id[train & data.is_positive]))
    without = sorted(set(data.drive_id[train]) - set(with_cut_in))
    moved = with_cut_in[1::3] + without[1::3]
    split = np.where(train & np.isin(data.drive_id, moved), "validation", data.split)
    changed = replace(data, split=split)
    if _has_both(data.is_positive[changed.of("validation")]) and _has_both(data.is_positive[changed.of("train")]):
        return changed, [f"the validation split lacks an outcome: {len(moved)} train drives took its place"]
    return data, ["no drives to validate on: not stopped early, not calibrated, threshold 0.5"]


def _descend(
    net: CutInNet, inputs: npt.NDArray[np.float32], data: Samples, seed: int, recipe: Recipe
) -> list[tuple[float, float]]:
    """Minimise the log loss; leaves `net` at the epoch that was best on validation."""
    every, outcome = torch.from_numpy(inputs), torch.from_numpy(data.is_positive.astype(np.float32))
    train = torch.from_numpy(np.flatnonzero(data.of("train")))
    held_out = torch.from_numpy(np.flatnonzero(data.of("validation")))
    can_stop = _has_both(data.is_positive[data.of("validation")])
    # Cut-ins are rare: weigh them up so that they shape the features; the calibration takes the bias out again.
    rate = float(outcome[train].mean())
    loss_of = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(((1 - rate) / rate) ** 0.5))
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    shuffle = torch.Generator().manual_seed(seed)
    history: list[tuple[float, float]] = []
    best, best_state = float("inf"), copy.deepcopy(net.state_dict())
    for _ in range(recipe.max_epochs if can_stop else recipe.blind_epochs):
        net.train()
        total = 0.0
        for batch in torch.split(train[torch.randperm(len(train), generator=shuffle)], recipe.batch_size):
            optimizer.zero_grad()
            loss = loss_of(net(every[batch]), outcome[batch])
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        net.eval()
        with torch.no_grad():
            validation = float(loss_of(net(every[held_out]), outcome[held_out])) if can_stop else float("nan")
        history.append((total / len(train), validation))
        if not can_stop or validation < best:
            best, best_state = validation, copy.deepcopy(net.state_dict())
        elif len(history) - 1 - int(np.argmin([v for _, v in history])) >= recipe.patience:
            break
    net.load_state_dict(best_state)
    return history


def _has_both(is_positive: npt.NDArray[np.bool_]) -> bool:
    return bool(is_positive.any() and not is_positive.all())


@contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """One thread, seeded, deterministic kernels; leaves torch as it was, this is a library inside other programs."""
    threads, was_strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    state = torch.get_rng_state()
    torch.set_num_threads(1)  # the order of a sum depends on the number of threads
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(was_strict)
        torch.set_rng_state(state)
