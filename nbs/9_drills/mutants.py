"What can be wrong with a file: bytes that change, fields of the wrong kind, and files that are made to do harm."
import io, json, os, pickle, random, re, zipfile, zlib
from pathlib import Path
import numpy as np, torch

# Any file can lose or gain bytes. A function takes dice and the bytes, and returns others


def positions_of(mark, data, most=50):
    at, found = data.find(mark), []
    while at >= 0 and len(found) < most:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def borders(data):
    "Where lines, members of a zip and headers begin: a copy that stops there looks most like a whole one."
    marks = [i for mark in (b"PK", b"\n", b"\xff\xda", b"IDAT") for i in positions_of(mark, data)]
    return [i for i in (8, 8 + int.from_bytes(data[:8], "little"), *marks) if 0 < i < len(data)]


def a_range(dice, data, most=4096):
    start = dice.randrange(len(data))
    return start, start + dice.randint(1, min(most, len(data) - start))


def flip(dice, data):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 8))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def flip_early(dice, data):                # headers are small, tensors are large
    return flip(dice, data[:600]) + data[600:]


def insert(dice, data):
    i = dice.randrange(len(data))
    return data[:i] + dice.randbytes(dice.choice((1, 8, 64))) + data[i:]


def delete(dice, data):
    a, b = a_range(dice, data)
    return data[:a] + data[b:]


def truncate(dice, data):
    return data[:dice.randrange(len(data))]


def truncate_at_border(dice, data):
    return data[:dice.choice(borders(data) or [0])]


def zeros(dice, data):
    a, b = a_range(dice, data)
    return data[:a] + bytes(b - a) + data[b:]


def swap(dice, data):
    n = max(1, len(data)//dice.choice((4, 64, 512)))
    a, b = sorted(dice.randrange(0, len(data), n) for _ in range(2))
    if b < a + n:
        return data[a:] + data[:a]
    return data[:a] + data[b:b+n] + data[a+n:b] + data[a:a+n] + data[b+n:]


def huge_length(dice, data):
    i = dice.choice([0, *(b + dice.randrange(32) for b in borders(data))])
    value = dice.choice((2**31 - 1, 2**32 - 1, 2**40, 2**63))
    return data[:i] + value.to_bytes(8, dice.choice(("little", "big"))) + data[i+8:]


def twice(dice, data):
    return data + data


BYTES = [flip, flip_early, insert, delete, truncate, truncate_at_border, zeros, swap, huge_length, twice]

# In a text, a field can be of the wrong kind, and the text in another encoding

ODD = ["", "nan", "-1", "1e308", "9"*400, "x"*200_000, "null", "[]", "{}", "true", "\0", "é", "'", '"', "../../x", "2,5"]


def field(dice, data):
    words = list(re.finditer(rb"[^,;:\s\"\[\]{}]+", data))
    if not words:
        return b""
    found = dice.choice(words)
    return data[:found.start()] + dice.choice(ODD).encode() + data[found.end():]


def utf16(dice, data):
    return data.decode("utf-8").encode("utf-16")


def cp1252(dice, data):
    return data.decode("utf-8").encode("cp1252")


def row_longer(dice, data):
    return data + b",1,2,3,4\n"


def row_shorter(dice, data):
    return data.rstrip() + b"\nx\n"


TEXT = [field, field, field, field, utf16, cp1252, row_longer, row_shorter]

# Some files are made to do harm. A pickle can name a function that is called when it is loaded: these make a folder


class Calls:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def torch_saved(content, **how):
    file = io.BytesIO()
    torch.save(content, file, **how)
    return file.getvalue()


def np_saved(content):
    file = io.BytesIO()
    np.save(file, content)
    return file.getvalue()


def in_zip(data, name="boq.pth", times=1):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        with z.open(name, "w") as f:
            for _ in range(times):
                f.write(data)
    return file.getvalue()


def png(width, height):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    pixels = chunk(b"IDAT", zlib.compress(bytes(99)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def npy(header):
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header.encode()


def array(shape, kind="'<f4'"):
    return npy(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n")


def safetensors(head):
    return len(head).to_bytes(8, "little") + head


def one_tensor(shape, end):
    return safetensors(json.dumps(dict(a=dict(dtype="F32", shape=shape, data_offsets=[0, end]))).encode())


IMAGES = dict(bomb=png(65_000, 65_000), wide=png(2**31 - 1, 1), nothing=png(0, 0))
TENSORS = dict(
    long=(2**63).to_bytes(8, "little") + b"{}", deep=safetensors(b"["*100_000), none=safetensors(b"{}"),
    big=one_tensor([2**40], 2**42), outside=one_tensor([4], 10**9))
JSONS = dict(
    deep=b"["*100_000, deep_object=b'{"a":'*100_000, nan=b"NaN", list=b"[]", number=b"1", empty=b"{}",
    long=b'{"n": ' + b"9"*10_000 + b"}", strings=b'{"jobs": "x", "made_of": "x", "format": 1}')
CSVS = dict(
    long=b"image,lat,lon\na.jpg," + b"1"*200_000 + b",2\n", zero=b"image,lat,lon\na\0.jpg,1,2\n",
    quote=b'image,"lat\n', header=b"image,lat,lon\n", one=b"x", outside=b"image,lat,lon\n../../x,1,2\n",
    lines=b"\n"*100_000)
_LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (b, b, b",".join([b"*%c" % a]*9)) for a, b in zip(b"ABCDEFGH", b"BCDEFGHI")).replace(b"*A", b"*a")


def forged(touched):
    "reader → name → bytes; code that is run would make the folder `touched`."
    evil = torch_saved(dict(state_dict=Calls(touched)))
    pickles = dict(
        call=evil, bare_call=pickle.dumps(Calls(touched)), zipped_call=in_zip(evil), number=torch_saved(7),
        old_call=torch_saved(dict(a=Calls(touched)), _use_new_zipfile_serialization=False),
        zip_bomb=in_zip(bytes(2**20), times=1200), zip_bomb_of_torch=in_zip(bytes(2**20), "archive/data.pkl", 1200))
    arrays = dict(
        call=np_saved(np.array([Calls(touched)], object)), big=array((2**40,)), negative=array((-1, 2)),
        object=array((2, 2), "'O'"), objects=array((1, 2), "'O'") + pickle.dumps([1, [2]]),
        bare_call=pickle.dumps(Calls(touched)), deep=npy("("*5000), text=np_saved(np.array([[0, [1, "x"]]], object)))
    yamls = dict(
        laughs=_LAUGHS, lr_laughs=_LAUGHS + b"lr: *I\n", deep=b"["*5000, key=b"? [a, b]\n: 1\n", number=b"7",
        call=f"!!python/object/apply:os.mkdir ['{touched}']\n".encode(), tabs=b"lr:\t1\n\t- 2\n", list=b"- 1\n- 2\n",
        twice=b"lr: 1\nlr: 2\n", date=b"lr: 2020-01-01\n", loop=b"a: &a [*a]\nlr: *a\n")
    kinds = {
        "image": IMAGES, "matches": arrays | CSVS, "store": arrays | JSONS, "model map": TENSORS,
        "checkpoint last released dbstruct": pickles, "config kept sweep": yamls,
        "listing city run results record": JSONS, "positions pairs paths msls gsv log": CSVS}
    return {reader: made for readers, made in kinds.items() for reader in readers.split()}


WRONG = dict(
    empty=b"", random=random.Random(0).randbytes(3000), page=b"<!doctype html><title>404</title>", picture=png(2, 2),
    zip=in_zip(b"x", "x.txt"))


def put(file, content):
    "Puts bytes, or something that is no file, in place of a file."
    file = Path(file)
    file.unlink()
    if content == "folder":
        file.mkdir()
    elif content == "fifo":
        os.mkfifo(file)
    elif content == "broken link":
        file.symlink_to(file.with_name("nowhere"))
    else:
        file.write_bytes(content)


def random_mutants(name, data, n, seed, text):
    "n of them, the same each time: (what was done, bytes)."
    for i in range(n):
        dice = random.Random(f"{seed} {name} {i}")
        how = dice.choice(TEXT + BYTES if text else BYTES)
        yield f"{how.__name__}-{i}", how(dice, data)


def other_files(reader, forgeries):
    "What was forged for a reader, and what is no such file at all: (name, content)."
    yield from ((f"forged-{k}", v) for k, v in forgeries.get(reader, {}).items())
    yield from ((f"wrong-{k}", v) for k, v in WRONG.items())
    if reader != "city" and hasattr(os, "mkfifo"):      # a city without its note is drawn again
        yield from ((k, k) for k in ("folder", "fifo", "broken link"))
