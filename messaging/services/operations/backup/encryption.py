"""Encrypt a backup to a public key with the program `age`.

Why age: a public key is one short line (an SSH key will do as well), what is encrypted is
authenticated and streamed whatever its size, and it is a package of Debian. openssl's CMS wants
certificates and holds the whole file in memory to decrypt it; GnuPG wants a keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .manifest import ENCRYPTED
from .programs import run

if TYPE_CHECKING:
    from pathlib import Path


def encrypt(path: Path, *, recipient: str) -> Path:
    """Put an encrypted file in a file's place; return it.

    Args:
        path: the file.
        recipient: a public key, ``age1…`` or ``ssh-ed25519 …``.

    Raises:
        BackupProblem: age is missing, or does not take the key.
    """
    target = path.with_name(f"{path.name}{ENCRYPTED}")
    run("age", ["--encrypt", "--recipient", recipient, "--output", str(target), str(path)])
    path.unlink()
    return target


def decrypt(path: Path, *, identity: Path, target: Path) -> None:
    """Write a decrypted file.

    Args:
        path: the encrypted file.
        identity: file with the secret key.
        target: where it goes.

    Raises:
        BackupProblem: age is missing, or the key is another's.
    """
    run("age", ["--decrypt", "--identity", str(identity), "--output", str(target), str(path)])
