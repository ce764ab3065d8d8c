"Reads a file in a process of its own, as a command would, and says what came of it."
import contextlib, dataclasses, hashlib, io, multiprocessing, os, resource, shutil, sys, time
from pathlib import Path
import numpy as np, torch
from torch import nn
from tetra_vpr.data.layouts import load_dbstruct, load_msls_val
from tetra_vpr.data.listings import listed
from tetra_vpr.data.own_folders import read_pairs
from tetra_vpr.data.positions import read_positions
from tetra_vpr.data.ground_truth import read_ground_truth
from tetra_vpr.data.training_sets import GSVCities
from tetra_vpr.deploy.pretrained import load_checkpoint, load_pretrained
from tetra_vpr.evaluation.collect import recorded
from tetra_vpr.evaluation.report import read_record
from tetra_vpr.evaluation.sweep import read_sweep
from tetra_vpr.maps.places import PlaceIndex
from tetra_vpr.model.commands import run_command
from tetra_vpr.model.folders import list_images
from tetra_vpr.model.images import eval_transform, read_image
from tetra_vpr.model.released import read_released
from tetra_vpr.retrieval.extraction import extract_to
from tetra_vpr.toycity.dataset import make_toycity
from tetra_vpr.training.config import from_command
from tetra_vpr.training.jobs import DistillConfig
from tetra_vpr.training.keeping import AtomicCheckpointIO
from tetra_vpr.training.runs import find_run, read_log
from tetra_vpr.training.train import start_run

SECONDS, GROWTH, ROOM = 60, 600_000_000, 2**31   # of a mutant: time, memory it may take, memory it could take


class Colours(nn.Module):
    "Descriptors of 8 numbers, made in no time."
    descriptor_dim, transform = 8, eval_transform(14)

    def forward(self, x):
        return nn.functional.normalize(x.mean((2, 3))@torch.linspace(-1, 1, 24).view(3, 8))


def state(model):
    return getattr(model, "spec", None), model.state_dict()


def pixels(file, scene):
    image = read_image(file)
    return image.size, image.mode, image.tobytes()


def run_of(scene, **settings):
    return DistillConfig(output_dir=str(scene/"run"), train_dataset_dir="toycity:mini", accelerator="cpu", **settings)


# kind → what reads it, given the file and the folder in which all of it lies
READERS = dict(
    image=pixels,
    positions=lambda file, scene: vars(read_positions(list_images(scene/"folder"), file)),
    pairs=lambda file, scene: read_pairs(file, list_images(scene/"folder"), list_images(scene/"folder")),
    msls=lambda file, scene: vars(load_msls_val(scene, "official")),
    gsv=lambda file, scene: GSVCities(scene/"gsv", 14, images_per_place=2).places,
    paths=lambda file, scene: list_images(scene/"folder"),
    listing=lambda file, scene: list(listed(scene/"folder")),
    model=lambda file, scene: state(load_pretrained(file)),
    checkpoint=lambda file, scene: state(load_checkpoint(file)),
    last=lambda file, scene: AtomicCheckpointIO().load_checkpoint(file),
    released=lambda file, scene: tuple(read_released(file)),
    map=lambda file, scene: vars(PlaceIndex.load(file)),
    matches=lambda file, scene: read_ground_truth(file),
    dbstruct=lambda file, scene: vars(load_dbstruct(file, scene/"folder")),
    config=lambda file, scene: vars(from_command(DistillConfig, "drill", ["--config", str(file)])),
    sweep=lambda file, scene: read_sweep(file),
    results=lambda file, scene: recorded(scene),
    record=lambda file, scene: read_record(file.stem, scene),
    run=lambda file, scene: start_run(run_of(scene), "")[2],
    kept=lambda file, scene: find_run(run_of(scene, precision="32-true", resume=True), ""),
    log=lambda file, scene: read_log(scene).to_dict("list"),
    city=lambda file, scene: make_toycity(scene/"city", "mini", workers=1, progress=False),
)


def read_store(file, scene):
    "Asks for descriptors that were extracted already."
    d = extract_to(scene/"out"/"d", Colours(), list_images(scene/"folder"), device="cpu", progress=False)
    return np.array(d.bits), np.array(d.floats), d.unreadable


READERS["store"] = read_store


def mark(value, h=None):
    "A hash that changes with anything in a value."
    h, top = h or hashlib.sha256(), h is None
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy() if value.numel() else ()
    if dataclasses.is_dataclass(value):
        value = vars(value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        h.update(f"{value.dtype} {value.shape}".encode() + value.tobytes())
    elif isinstance(value, dict):
        for k, v in value.items():
            h.update(f"{k!r}:".encode())
            mark(v, h)
    elif isinstance(value, (list, tuple, np.ndarray)):
        h.update(f"{len(value)}[".encode())
        for v in value:
            mark(v, h)
    else:
        h.update(f"{type(value).__name__} {value!r}".encode("utf-8", "surrogateescape"))
    return h.hexdigest() if top else None


def memory(what):
    "A figure of /proc/self/status in bytes; 0 where there is none."
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1])*1024
    return 0


def causes(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def read_once(kind, file, scene) -> dict: # code, said, value, seconds, grown, starved
    "Reads a file as a command would."
    found, began = dict(value=None, starved=False), time.monotonic()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")   # the peak of memory counts from here
    before = memory("VmHWM")

    def job():
        try:
            found["value"] = mark(READERS[kind](file, scene))
        except BaseException as error:
            allocators = ("alloc", "Unable to allocate")
            found["starved"] = any(isinstance(e, MemoryError) or isinstance(e, RuntimeError) and
                any(a in str(e) for a in allocators) for e in causes(error))
            raise

    with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
        try:
            code = run_command("drill", job)
        except SystemExit as e:
            code = e.code
    grown = memory("VmHWM") - before
    return found | dict(code=code, said=said.getvalue(), seconds=time.monotonic() - began, grown=grown)


def serve(pipe):
    "Is the whole of the process: reads what it is asked to, until it is asked no more, or dies."
    if hasattr(resource, "RLIMIT_AS") and (there := memory("VmSize")):
        resource.setrlimit(resource.RLIMIT_AS, (there + ROOM, there + ROOM))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    torch.set_num_threads(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)                                      # what a crash prints
    while (asked := pipe.recv()) is not None:
        pipe.send(read_once(*asked))


context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
if sys.platform == "linux":
    context.set_forkserver_preload(["tetra_vpr.training.train", "tetra_vpr.evaluation.collect", "tetra_vpr.maps.places"])


class Reader:
    "A process that reads files; it is started again when a file has killed it."
    process = None

    def start(self):
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = None

    def read(self, kind, file, scene) -> dict:
        "What came of reading a file; `crash` or `hang` alone where it came to that."
        if self.process is None or not self.process.is_alive():
            self.start()
        self.pipe.send((kind, file, scene))
        if not self.pipe.poll(SECONDS):
            self.stop()
            return dict(verdict="hang")
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            code, self.process = self.process.exitcode, None
            return dict(verdict=f"crash {code}")


def reset(scene, pristine):
    "Makes the scene as it was."
    shutil.rmtree(scene, ignore_errors=True)
    shutil.copytree(pristine, scene)
