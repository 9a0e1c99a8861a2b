"""Confirmations: who signed, about which publication, that what was claimed held; else refused."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.verified import CELLS, HERE, verification
from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.publication.attestation import Envelope, enveloped
from workflows.publication.confirmations import TABLE, beside, collect, summary
from workflows.publication.verify.confirm import statement

OTHER = HERE.model_copy(update={"machine": "Intel Haswell, an AVX2 machine"})


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A zip: what is in it does not matter here; a confirmation is about its bytes."""
    (tmp_path / "confirmations").mkdir()
    path = tmp_path / "it.zip"
    path.write_bytes(b"a publication")
    return path


def key(folder: Path, name: str = "key") -> Path:
    path = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@example.org", "-f", path],
        check=True,
    )  # fmt: skip
    return path


def said(published: Path, here: Any = HERE, cells: Any = CELLS[:2]) -> dict[str, Any]:
    found = verification(cells, here).model_copy(update={"digest": sha256(published)})
    return statement(found)


def lay(published: Path, name: str, envelope: Any) -> None:
    (published.parent / "confirmations" / f"{name}.json").write_text(json.dumps(envelope))


def test_two_keys_on_two_processors(published: Path) -> None:
    one, two = key(published.parent, "one"), key(published.parent, "two")
    lay(published, "a", enveloped(said(published), one))
    lay(published, "b", enveloped(said(published, OTHER), two))
    lay(published, "c", enveloped(said(published, OTHER), two))
    assert collect(published) == "confirmed by 2 on 2 kinds of processor", "a key counts once"
    table = (published.parent / TABLE).read_text()
    assert "| Intel Haswell, an AVX2 machine" in table and "SHA256:" in table
    assert "Not counted" not in table


def test_what_nobody_signed_is_no_confirmation_that_counts(published: Path) -> None:
    lay(published, "a", enveloped(said(published), None))
    assert collect(published) == "1 without a signature, on 1 kind of processor"
    (published.parent / "confirmations" / "a.json").unlink()
    assert collect(published) is None and summary([]) == "confirmed by nobody yet"


def repacked(envelope: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    payload = json.loads(base64.b64decode(envelope["payload"]))
    change(payload)
    return envelope | {"payload": base64.b64encode(json.dumps(payload).encode()).decode()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: e | {"payload": "no base64"}, "is no statement of in-toto"),
        (lambda e: e | {"payloadType": "text/plain"}, "is no statement of in-toto"),
        (lambda e: e | {"signatures": [{"sig": "AAAA"}]}, "altered or damaged"),
        (lambda e: e | {"signatures": [{"sig": "!"}]}, "its signature is not base64"),
        (lambda e: repacked(e, lambda s: s["predicate"].pop("properties")), "is no statement"),
        (lambda e: repacked(e, lambda s: s.update(predicateType="x")), "is no statement"),
        (
            lambda e: repacked(e, lambda s: s["predicate"]["properties"].append("MORE")),
            "altered or damaged",
        ),
    ],
)
def test_a_planted_fault_is_named(published: Path, change: Any, words: str) -> None:
    envelope = enveloped(said(published), key(published.parent))
    lay(published, "a", envelope)
    assert not beside(published)[0].refused, "control"
    lay(published, "a", change(envelope))
    [found] = beside(published)
    assert found.refused and words in found.refused
    assert summary([found]) == "confirmed by nobody yet"
    assert collect(published) and words in (published.parent / TABLE).read_text()


def test_one_of_another_publication_or_of_a_failure_confirms_nothing(published: Path) -> None:
    lay(published, "a", enveloped(said(published), key(published.parent)))
    published.write_bytes(b"another")
    assert beside(published)[0].refused == "is about another publication: other SHA-256"
    failed = [CELLS[0].model_copy(update={"answer": "differs"})]
    lay(published, "a", enveloped(said(published, cells=failed), None))
    assert beside(published)[0].refused == "does not say that what was claimed held"


def test_allowed_signers_are_demanded(published: Path) -> None:
    own = key(published.parent)
    lay(published, "a", enveloped(said(published), own))
    allowed = published.parent / "allowed"
    allowed.write_text(f"me@example.org {own.with_suffix('.pub').read_text()}")
    assert beside(published, allowed)[0].signers[0].startswith("me@example.org, SHA256:")
    allowed.write_text(
        f"other@example.org {key(published.parent, 'b').with_suffix('.pub').read_text()}"
    )
    assert "does not name" in str(beside(published, allowed)[0].refused)


def test_a_key_that_is_none(published: Path) -> None:
    with pytest.raises(UserError, match="no such key; name a file"):
        enveloped(said(published), published.parent / "none")


def test_the_envelope_is_of_its_form(published: Path) -> None:
    envelope = enveloped(said(published), key(published.parent))
    found = Envelope.model_validate(envelope).statement()
    assert found.predicateType == "https://in-toto.io/attestation/svr/v0.2"
    assert found.subject[0].digest.sha256 == sha256(published)
    assert found.predicate.verifier.policies == []
