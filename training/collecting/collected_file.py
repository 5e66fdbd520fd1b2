"""The file that collect-data writes: blocks of phrases wait beside it on disk, and are copied into it at the end."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from training.collecting.phrase_blocks import END, Block, deflate, joined_crc
from training.data.phrase_file import PhraseSet, to_arrays


class BlockSpool:
    """Blocks in a row, in a file open for reading and writing."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.deflated_size = self.size = self.crc = 0

    def append(self, block: Block) -> None:
        self.stream.write(block.deflated)
        self.deflated_size += len(block.deflated)
        self.crc = joined_crc(self.crc, block.crc, block.size)
        self.size += block.size


def save_collected(path: Path, phrase_set: PhraseSet, spool: BlockSpool) -> None:
    """Like save_phrases, with the packed phrases from a spool; phrase_set.phrases only tells their shape.

    Writes the set at `path`, whole or not at all. Raises OSError and PhraseFileError.
    """
    arrays = to_arrays(phrase_set, str(path))
    # A reader never sees half a file: it is renamed into place when it is whole.
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for key, array in arrays.items():
                if key == "phrases":
                    _write_member(archive, "phrases.npy", _header(array.shape), spool)
                else:
                    with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, array, allow_pickle=False)
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def _header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, fields)
    return header.getvalue()


def _write_member(archive: zipfile.ZipFile, name: str, header: bytes, spool: BlockSpool) -> None:
    """Add what is deflated already: a header, then the spool. zipfile itself would deflate it once more."""
    assert archive.fp is not None
    head = deflate(header)
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.CRC = joined_crc(head.crc, spool.crc, spool.size)
    info.file_size = head.size + spool.size
    info.compress_size = len(head.deflated) + spool.deflated_size + len(END)
    info.header_offset = archive.fp.tell()
    archive.fp.write(info.FileHeader(zip64=True))
    archive.fp.write(head.deflated)
    spool.stream.seek(0)
    shutil.copyfileobj(spool.stream, archive.fp, 1 << 20)
    archive.fp.write(END)
    # What ZipFile keeps of a member, for the directory at the end of the file.
    archive.filelist.append(info)
    archive.NameToInfo[name] = info
    archive.start_dir = archive.fp.tell()
