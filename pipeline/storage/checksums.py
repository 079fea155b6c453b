"""SHA-256 of files, tables' bytes and JSON."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

READ_BYTES = 1 << 20


def sha256_of_files(paths: Iterable[Path]) -> tuple[str, int]:
    """SHA-256 of the content of files one after the other, and their size in bytes; little is in memory at a time."""
    digest, size = hashlib.sha256(), 0
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(READ_BYTES):
                digest.update(block)
                size += len(block)
    return digest.hexdigest(), size


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    return sha256_of_files([path])[0]


def checksum_of_bytes(content: bytes) -> str:
    """SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def checksum_of_json(content: Any) -> str:
    """SHA-256 of plain values, as JSON with its keys in order."""
    return checksum_of_bytes(json.dumps(content, sort_keys=True, default=str).encode())
