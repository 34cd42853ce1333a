"""Seal so many MiB into a pipe and open them from it in another thread; write by how much the process grew, in KiB."""

from __future__ import annotations

import os
import resource
import sys
import threading

from keys.sealing.age import HybridIdentity, OpeningReader, SealingWriter

MIB = 1024 * 1024


def run(mebibytes: int) -> None:
    identity = HybridIdentity.generate()
    readable, writable = os.pipe()
    received = [0]

    def receive() -> None:
        with os.fdopen(readable, "rb") as source:
            received[0] = sum(map(len, OpeningReader(source, [identity])))

    thread = threading.Thread(target=receive)
    thread.start()
    with os.fdopen(writable, "wb") as sink:
        writer = SealingWriter([identity.recipient()], sink.write)
        piece = os.urandom(MIB)
        for _ in range(mebibytes):
            writer.write(piece)
        writer.finish()
    thread.join()
    assert received[0] == mebibytes * MIB


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    run(4)
    before = peak()
    run(int(sys.argv[1]))
    sys.stdout.write(f"{peak() - before}\n")
