"Runs a command in a process of its own that is killed at its n-th file event."
import multiprocessing, os, resource, signal, sys
from pathlib import Path
from tetra_vpr.deploy.export import export_command
from tetra_vpr.deploy.pretrained import convert_command
from tetra_vpr.evaluation.evaluate import evaluate_command
from tetra_vpr.maps.index import index_command
from tetra_vpr.model.commands import run_command
from tetra_vpr.model.folders import list_images
from tetra_vpr.retrieval.extraction import extract_to
from tetra_vpr.toycity import dataset
from tetra_vpr.training.train import finetune_command, pretrain_command
from mutated import Colours

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
    "os.utime", "shutil.rmtree", "shutil.copyfile", "shutil.move"}


def draw(words):
    "Draws a city of a few images."
    dataset.SCALES["drill"] = dataset.Scale(2, 2, 2, (1, 2), (1, 1), 150.)
    root = Path(words[0])
    return run_command("toycity", lambda: dataset.make_toycity(root, "drill", workers=1, progress=False) and 0)


def extract(words):
    folder, stem = map(Path, words)
    job = lambda: extract_to(stem, Colours(), list_images(folder), batch_size=1, flush_seconds=0, progress=False) and 0
    return run_command("extract", job)


COMMANDS = dict(extract=extract, index=index_command, evaluate=evaluate_command, pretrain=pretrain_command,
    finetune=finetune_command, convert=convert_command, export=export_command, toycity=draw)


class Counter:
    "Counts the events of files below a folder, and kills this process at the n-th."
    def __init__(self, folder, n):
        self.folder, self.n, self.seen, self.pid = str(folder), n, 0, os.getpid()

    def __call__(self, event, args):
        if event not in EVENTS or event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        if not isinstance(args[0], (str, bytes, os.PathLike)) or os.getpid() != self.pid:
            return
        if not os.path.abspath(os.fsdecode(args[0])).startswith(self.folder):
            return
        self.seen += 1
        if self.seen == self.n:
            os.kill(self.pid, signal.SIGKILL)


def run(command, words, folder, log, n, size, said):
    "Is the whole of a process."
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    if size:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    counter = Counter(folder, n)
    sys.addaudithook(counter)
    code = COMMANDS[command]([str(w) for w in words])
    said.send(counter.seen)
    os._exit(code)


context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def killed(
    command,   # a key of `COMMANDS`
    words,     # its words
    folder,    # whose file events count
    log,       # file for what it says
    n=0,       # the event at which it is killed; 0: none
    size=0,    # bytes to which a file may grow; 0: any number
) -> tuple:    # exit code or name of the signal, number of events
    "Runs a command."
    ours, theirs = context.Pipe(False)
    p = context.Process(target=run, args=(command, words, folder, log, n, size, theirs))
    p.start()
    theirs.close()
    try:
        seen = ours.recv()
    except EOFError:
        seen = n
    p.join()
    return p.exitcode if p.exitcode >= 0 else signal.Signals(-p.exitcode).name, seen
