"""Every way that we know to break a file of a data set.

A breaker takes a generator of random numbers and a file. `SURE` ones leave nothing that
could be read; after the others, the file may still hold an image.
"""

from __future__ import annotations

import os
import shutil
import struct
import zlib

import numpy as np
from PIL import Image


def truncated(rng, path):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * rng.uniform(0, 0.8))])


def emptied(rng, path):
    path.write_bytes(b"")


def garbage(rng, path):
    path.write_bytes(rng.bytes(int(rng.integers(1, 3000))))


def a_page_of_text(rng, path):
    path.write_text("<!DOCTYPE html><title>404 Not Found</title>" * 20)


def zeroed(rng, path):
    path.write_bytes(bytes(len(path.read_bytes())))


def a_bomb(rng, path):
    path.write_bytes(BOMBS[rng.integers(len(BOMBS))])


def a_folder(rng, path):
    path.unlink()
    path.mkdir()


def a_link_to_nothing(rng, path):
    path.unlink()
    path.symlink_to(path.with_name("nowhere.png"))


def a_link_to_itself(rng, path):
    path.unlink()
    path.symlink_to(path)


def a_pipe(rng, path):
    path.unlink()
    os.mkfifo(path)


def removed(rng, path):
    path.unlink()


def of_another_size(rng, path):
    """Larger by one or stored turned: of no partner's size."""
    save(path, np.zeros([(17, 20), (16, 21), (20, 16)][rng.integers(3)], np.uint8))


SURE = (
    *(truncated, emptied, garbage, a_page_of_text, zeroed, a_bomb, a_folder),
    *(a_link_to_nothing, a_link_to_itself, a_pipe, removed, of_another_size),
)


def floating_point(rng, path):
    Image.fromarray(np.zeros((16, 20), np.float32)).save(path, "TIFF")


def in_colour(rng, path):
    colors = rng.integers(100, 256, (16, 20, 3), np.uint8)
    Image.fromarray(colors).save(path, "PNG")


def transparent(rng, path):
    Image.fromarray(np.zeros((16, 20, 4), np.uint8)).save(path, "PNG")


def a_jpeg(rng, path):
    Image.fromarray(np.zeros((16, 20), np.uint8)).save(path, "JPEG")


def below_zero(rng, path):
    Image.fromarray(np.full((16, 20), -7, np.int32)).save(path, "TIFF")


SURE_OF_MASKS = (floating_point, in_colour, transparent, a_jpeg, below_zero)


def ids_that_there_are_not(rng, path):
    ids = np.zeros((16, 20), np.uint8)
    ids[rng.integers(16), rng.integers(20)] = 254
    save(path, ids)


def some_bytes_changed(rng, path):
    content = bytearray(path.read_bytes())
    for _ in range(rng.integers(1, 12)):
        content[rng.integers(len(content))] = rng.integers(256)
    path.write_bytes(content)


def some_bytes_changed_near_the_head(rng, path):
    content = bytearray(path.read_bytes())
    for _ in range(rng.integers(1, 6)):
        content[rng.integers(min(len(content), 300))] = rng.integers(256)
    path.write_bytes(content)


def some_bytes_more_or_less(rng, path):
    content = path.read_bytes()
    place, count = rng.integers(len(content)), int(rng.integers(1, 40))
    rest = content[place + count :] if rng.random() < 0.5 else content[place:]
    more = rng.bytes(count) if len(rest) == len(content) - place else b""
    path.write_bytes(content[:place] + more + rest)


UNSURE = (
    *(some_bytes_changed, some_bytes_changed_near_the_head, some_bytes_more_or_less),
)


def save(path, array):
    """Saves as PNG whatever the suffix says, or as a matrix of MATLAB."""
    if path.suffix == ".mat":
        from scipy import io

        io.savemat(path, {"LabelMap": array})
    else:
        Image.fromarray(array).save(path, "PNG")


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _png_bomb():
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(60_001 * 100), 9)
    chunks = b""
    for name, content in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b"")):
        crc = struct.pack(">I", zlib.crc32(name + content))
        chunks += struct.pack(">I", len(content)) + name + content + crc
    return b"\x89PNG\r\n\x1a\n" + chunks


def _tiff_bomb():
    tags = [(256, 4, 2**31 - 1), (257, 4, 2**31 - 1), (258, 3, 8), (259, 3, 8)]
    tags += [(262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, 2**31 - 1), (279, 4, 9)]
    entries = [struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags]
    return (
        struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + b"".join(entries) + bytes(40)
    )


def _jpeg_bomb():
    frame = struct.pack(">BHHB", 8, 65_500, 65_500, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + bytes(60)


BOMBS = (
    _png_bomb(),
    _tiff_bomb(),
    _jpeg_bomb(),
    b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b"," + bytes(20),
    b"BM" + struct.pack("<IIIIiiHHIIIIII", 99, 0, 54, 40, 10**6, 10**6, 1, 8, *[0] * 6),
    b"P5 1000000 1000000 255\n" + bytes(99),
)
