"""Files changed at random, as bad disks, cut downloads and ill will change them."""

import io
import zipfile


def mutated(data, random):
    """One of several changes to the bytes of a model file, by chance."""
    kind = random.choice([flipped, cut, overwritten, doubled, swapped_members])
    return kind(data, random)


def flipped(data, random):
    """A few bits are other ones."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(data, random):
    """The end is missing."""
    return data[: random.randrange(len(data))]


def overwritten(data, random):
    """A stretch is zeros, or noise."""
    start = random.randrange(len(data))
    length = random.randint(1, 512)
    noise = bytes(length) if random.random() < 0.5 else random.randbytes(length)
    return data[:start] + noise + data[start + length :]


def doubled(data, random):
    """A stretch stands there twice."""
    start = random.randrange(len(data))
    end = start + random.randint(1, 512)
    return data[:end] + data[start:]


def swapped_members(data, random):
    """The members of a ZIP have each other's content; other files are cut."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return cut(data, random)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    values = list(contents.values())
    random.shuffle(values)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, value in zip(contents, values, strict=True):
            archive.writestr(name, value)
    return packed.getvalue()
