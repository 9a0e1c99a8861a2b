"""Tensors of every kind: one bit of any of them counts, or it is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.contract import Start
from benchmarks.harness.fingerprint import Fingerprint
from benchmarks.harness.forms import UnreadableError, hidden
from benchmarks.harness.trace import Tracer
from tests.torch.watching import CPU

pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch warns of prototypes


def eye(value: float) -> Tensor:
    found = torch.eye(4)
    found[2, 2] = value
    return found


def quantised(scale: float = 0.5, zero: int = 0) -> Tensor:
    return torch.quantize_per_tensor(torch.ones(4), scale, zero, torch.qint8)


def channels(scale: float) -> Tensor:
    scales, zeros = torch.tensor([0.5, scale]), torch.zeros(2, dtype=torch.int64)
    return torch.quantize_per_channel(torch.zeros(2, 2), scales, zeros, 0, torch.qint8)


PAIRS: dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]] = {
    "sparse": (lambda: eye(1).to_sparse(), lambda: eye(2).to_sparse()),
    "sparse, elsewhere": (lambda: eye(0).to_sparse(), lambda: eye(0).flip(0).to_sparse()),
    "compressed rows": (lambda: eye(1).to_sparse_csr(), lambda: eye(2).to_sparse_csr()),
    "compressed columns": (lambda: eye(1).to_sparse_csc(), lambda: eye(2).to_sparse_csc()),
    "quantised, scale": (quantised, lambda: quantised(1.0)),
    "quantised, zero point": (quantised, lambda: quantised(0.5, 1)),
    "quantised by channel": (lambda: channels(0.5), lambda: channels(1.0)),
    "conjugated": (
        lambda: torch.tensor([1 + 1j]).conj(), lambda: torch.tensor([1 + 2j]).conj()
    ),
    "negated": (
        lambda: torch.tensor([1 + 1j]).conj().imag, lambda: torch.tensor([1 + 2j]).conj().imag
    ),
    "float8": (
        lambda: eye(1).to(torch.float8_e4m3fn), lambda: eye(2).to(torch.float8_e4m3fn)
    ),
    "bool": (lambda: eye(1).bool(), lambda: eye(0).bool()),
    "not contiguous": (lambda: eye(1).expand(3, 4, 4), lambda: eye(2).expand(3, 4, 4)),
    "zero-size": (lambda: torch.ones(0, 2), lambda: torch.ones(0, 3)),
    "nested": (
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        lambda: torch.nested.nested_tensor([torch.ones(3), torch.ones(2)]),
    ),
    "jagged": (
        lambda: torch.nested.nested_tensor([torch.ones(2), eye(1)[2]], layout=torch.jagged),
        lambda: torch.nested.nested_tensor([torch.ones(2), eye(2)[2]], layout=torch.jagged),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAIRS)
def test_every_kind_is_traced_in_its_bits(kind: str) -> None:
    one, again, other = (
        int(Fingerprint(CPU)([make()])) % 2**64 for make in (PAIRS[kind][0], *PAIRS[kind])
    )
    assert one == again != other


def test_two_ways_to_write_one_sparse_tensor_are_one() -> None:
    twice = torch.sparse_coo_tensor([[1, 1]], torch.tensor([1.0, 2.0]), (3,))
    once = torch.sparse_coo_tensor([[1]], torch.tensor([3.0]), (3,))
    assert int(Fingerprint(CPU)([twice])) == int(Fingerprint(CPU)([once]))


def test_a_conjugated_view_is_its_values() -> None:
    values = torch.tensor([1 + 1j, 2 - 1j])
    view = values.conj()
    assert view.is_conj()
    assert int(Fingerprint(CPU)([view])) == int(Fingerprint(CPU)([view.resolve_conj()]))


def test_what_holds_no_bits_is_refused_by_its_name() -> None:
    tracer = Tracer(CPU)
    with pytest.raises(UnreadableError, match="the weight 'v' is on the meta device"):
        tracer.start({"w": torch.ones(1), "v": torch.ones(2, device="meta")})


@pytest.mark.parametrize(
    ("tensor", "gaps"),
    [
        (torch.ones(10)[::2], True),
        (torch.ones(4, 4)[:, :2], True),
        (torch.ones(4, 3).t(), False),
        (torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last), False),
        (torch.ones(1, 3).expand(5, 3), False),
        (torch.ones(9)[3:6], False),
    ],
)
def test_only_a_view_with_gaps_hides_memory(tensor: Tensor, gaps: bool) -> None:
    assert (hidden(tensor) is not None) == gaps


def steps(model: nn.Module, batch: Tensor, loss: Callable[[Any], Tensor]) -> Any:
    tracer = Tracer(CPU)
    tracer.start(Start(model))
    for _ in range(3):
        model.zero_grad()
        loss(model(batch)).backward()
        tracer.step((batch,), torch.tensor(1.0))
    tracer.close()
    return tracer.finish()


def test_lazy_parameters_are_traced_from_when_they_exist() -> None:
    def lazy(value: float) -> Any:
        torch.manual_seed(0)
        return steps(nn.LazyLinear(3), torch.full((2, 4), value), torch.sum)

    one, again, other = lazy(1.0), lazy(1.0), lazy(2.0)
    assert (one.steps == again.steps).all() and one.moved == 2
    assert (one.initial == other.initial).all() and (one.steps[:, 7] != 0).all()
    assert (one.steps[:, 8] != other.steps[:, 8]).all()


def test_sparse_gradients_are_traced() -> None:
    def sparse(place: int) -> Any:
        torch.manual_seed(0)
        return steps(nn.Embedding(5, 3, sparse=True), torch.tensor([1, place]), torch.sum)

    one, again, other = sparse(2), sparse(2), sparse(3)
    assert (one.steps == again.steps).all() and (one.steps[:, 8] != other.steps[:, 8]).all()
