"Starts the training commands in processes of their own, as torchrun would, without the seconds that imports take."
import multiprocessing, os, signal, sys
from pathlib import Path
from lightning.fabric.plugins.environments.lightning import find_free_network_port
from lightning.pytorch.utilities import rank_zero_only
from tetra_vpr.training.train import finetune_command, pretrain_command

COMMANDS = dict(pretrain=pretrain_command, finetune=finetune_command)
context = multiprocessing.get_context("forkserver")   # a server that has imported the library forks a process a run
context.set_forkserver_preload(["tetra_vpr.training.train"])


def run(command, options, log, env):
    "Is the whole of a process: its output goes to a file, and it ends with the command's exit code."
    os.environ |= env
    rank_zero_only.rank = int(env.get("LOCAL_RANK", 0))   # Lightning sets it when it is imported
    with open(log, "ab", 0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.exit(COMMANDS[command](options))


def start(
    command:str,  # pretrain | finetune
    log:Path,     # file for what it says
    devices:int=1,# processes
    **settings,   # of the run
) -> list:        # of processes
    "Starts a run."
    if devices > 1:
        settings |= dict(strategy="ddp", devices=devices)
    options, port = [f"--{k}={v}" for k, v in settings.items()], str(find_free_network_port())
    envs = [dict(LOCAL_RANK=str(i), MASTER_PORT=port) for i in range(devices)] if devices > 1 else [{}]
    processes = [context.Process(target=run, args=(command, options, log, env)) for env in envs]
    for p in processes:
        p.start()
    return processes


def end(processes) -> list: # of exit codes, or names of signals
    "Waits for a run."
    for p in processes:
        p.join()
    return [p.exitcode if p.exitcode >= 0 else signal.Signals(-p.exitcode).name for p in processes]
