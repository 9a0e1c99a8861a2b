"""A cure as its reader pastes it: lines of Python for the top of the program, or variables."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.check.extras import ADDRESSES
from workflows.experiment.catalogue import Catalogue

LINES: dict[str, tuple[str, ...]] = {
    "python-seed": ("import random", "random.seed({seed})"),
    "numpy-seed": ("import numpy", "numpy.random.seed({seed})"),
    "torch-seed": ("import torch", "torch.manual_seed({seed})"),
    "cuda-seed": ("import torch", "torch.cuda.manual_seed_all({seed})"),
    "cudnn-deterministic": ("import torch", "torch.backends.cudnn.deterministic = True"),
    "cudnn-benchmark-off": ("import torch", "torch.backends.cudnn.benchmark = False"),
    "cudnn-benchmark-on": ("import torch", "torch.backends.cudnn.benchmark = True"),
    "deterministic-algorithms": (
        "import torch",
        "torch.use_deterministic_algorithms(True)",
        "torch.utils.deterministic.fill_uninitialized_memory = False  # not needed here",
    ),
    "deterministic-warn-only": (
        "import torch", "torch.use_deterministic_algorithms(True, warn_only=True)",
    ),
    "memory-fill": ("# initialise the memory of torch.empty before it is read",),
    "worker-seed": (
        "def seed_worker(_):  # for each DataLoader(…, worker_init_fn=seed_worker)",
        "    seed = torch.initial_seed() % 2**32",
        "    numpy.random.seed(seed)",
        "    random.seed(seed)",
    ),
    "sampler-generator": (
        "# for each loader: DataLoader(…, generator=torch.Generator().manual_seed({seed}))",
    ),
    "one-thread": ("import torch", "torch.set_num_threads(1)"),
    "entropy-seeded": (
        "# give each generator that has none a seed: numpy.random.default_rng({seed}), "
        "random.Random({seed}), torch.Generator().manual_seed({seed})",
        "# once, outside of steps, samples and workers, where each would begin anew and draw the "
        "same; there give each a seed of its own: numpy.random.default_rng([{seed}, number])",
    ),
    "in-order": (
        "# for each loader: DataLoader(…, in_order=True), which is the default",
        "# of a pool: executor.map or pool.imap, which keep the order of the work, in the place of "
        "as_completed and imap_unordered",
    ),
    "spawned-settings": ("# the same lines in every Python program that yours starts",),
    "tf32-off": (
        "import torch",
        "torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False",
    ),
    "flush-denormal": ("import torch", "torch.set_flush_denormal(True)"),
    ADDRESSES: (
        "# a set of tensors, modules or other objects without a hash of their own is ordered by "
        "where they lie: take a list, dict.fromkeys(…), or sorted(…, key=…) by a name",
        "# memory that nobody wrote holds what lay there: fill what numpy.empty gives",
        "# as it was tried: PYTHONHASHSEED={seed} setarch --addr-no-randomize COMMAND",
    ),
    "sorted-listing": ("# where files are listed: sorted(os.listdir(…)), sorted(glob(…))",),
    "one-worker": (
        "# take a pool's results in the order of the work: pool.map(…), or future.result() of each "
        "in turn; not as_completed, nor a list that workers append to",
        "# where the workers draw random numbers: a generator for each piece of work, as "
        "torch.Generator().manual_seed({seed} + number)",
    ),
}  # fmt: skip
"""Of settings that act by a call; others act by their variables alone."""


def python(settings: Sequence[str], seed: int) -> list[str]:
    """Return the lines of Python of some settings, those that several need once."""
    found = [line.replace("{seed}", str(seed)) for name in settings for line in LINES.get(name, ())]
    lines = list(dict.fromkeys(found))
    return sorted(lines, key=lambda line: not line.startswith("import "))


def variables(settings: Sequence[str], seed: int, catalogue: Catalogue) -> list[str]:
    """Return the variables of some settings, `NAME=VALUE` each, for the command line."""
    found: dict[str, str] = {}
    for name in settings:
        if name != ADDRESSES:  # its variable alone cures nothing: a line says what was done
            found |= catalogue.settings[name].environment
    return [f"{name}={value.format(seed=seed)}" for name, value in found.items()]
