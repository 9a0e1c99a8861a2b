"""Signatures by the user's SSH key, as `ssh-keygen -Y` makes and checks them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.sums import SUMS
from workflows.publication.manifest import SIGNATURE

NAMESPACE = "reprise"


def _keygen(*arguments: str, stdin: bytes | None = None) -> program.Done:
    if not shutil.which("ssh-keygen"):
        raise UserError("ssh-keygen: not found; apt-get install openssh-client")
    return program.run(["ssh-keygen", "-Y", *arguments], input=stdin)


def sign(folder: Path, key: Path) -> None:
    """Sign the sums of a publication with a private key (or the public half of one in an agent)."""
    (folder / SIGNATURE).unlink(missing_ok=True)
    _sign(folder / SUMS, key)


def _sign(file: Path, key: Path) -> None:
    """Leave a signature beside a file, with `.sig` behind its name."""
    if not key.is_file():
        raise UserError(f"SIGN={key}: no such key; name a file such as ~/.ssh/id_ed25519")
    done = _keygen("sign", "-q", "-f", str(key), "-n", NAMESPACE, str(file))
    if done.returncode:
        raise UserError(f"SIGN={key}: ssh-keygen could not sign with it: {program.reason(done)}")


def sign_bytes(content: bytes, key: Path) -> bytes:
    """Return an armoured signature of some bytes; raise `UserError` where the key cannot."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "content"
        file.write_bytes(content)
        _sign(file, key)
        return file.with_name("content.sig").read_bytes()


def signer(content: bytes, signature: bytes, signers: Path | None) -> str:
    """Return in one line who signed some bytes; see `check`. Raise `UserError` where none did."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "content.sig"
        file.write_bytes(signature)
        return _signer(content, file, signers)


def check(folder: Path, signers: Path | None) -> str:
    """Check the signature of a publication's sums; return one line that says who signed.

    `signers`: an allowed-signers file (ssh-keygen(1)). Without one the signature shows that the
    sums are what some key signed, not whose it is. Raises `UserError` where it is wrong, or absent
    although signers are named.
    """
    signature = folder / SIGNATURE
    if signers and not signers.is_file():
        raise UserError(f"SIGNERS={signers}: no such file; see ALLOWED SIGNERS in ssh-keygen(1)")
    if not signature.exists():
        if signers:
            raise UserError(f"{SIGNATURE}: missing, but SIGNERS names who must have signed")
        return "not signed"
    try:
        return _signer((folder / SUMS).read_bytes(), signature, signers)
    except UserError as error:
        raise UserError(f"{SIGNATURE}: {error}") from None


def _signer(content: bytes, signature: Path, signers: Path | None) -> str:
    common = ("-n", NAMESPACE, "-s", str(signature))
    if signers is None:
        done = _keygen("check-novalidate", *common, stdin=content)
        if done.returncode:
            raise UserError("does not sign these sums: altered or damaged")
        return f"{_first(done)} (whose key it is was not checked: SIGNERS=FILE)"
    found = _keygen("find-principals", "-f", str(signers), "-s", str(signature))
    if found.returncode:
        raise UserError(f"made by a key that {signers} does not name")
    done = _keygen("verify", "-f", str(signers), "-I", _first(found), *common, stdin=content)
    if done.returncode:
        raise UserError("does not sign these sums: altered or damaged")
    return _first(done)


def _first(done: program.Done) -> str:
    return (done.stdout + done.stderr).strip().splitlines()[0]
