"""A wheel holds the whole package and works outside the checkout; so does torch.hub.

`python .ci/wheel.py FILE.whl`"""
import os, subprocess, sys, tempfile, zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FROM_WHEEL = """
import sys
from importlib.metadata import distribution
import tetra_vpr
from tetra_vpr import create_model, load_pretrained
assert ".whl" in tetra_vpr.__file__, tetra_vpr.__file__
assert create_model("ternaryvittiny", "gem", 98).descriptor_dim == 1024
assert load_pretrained("toy").descriptor_dim == 1024
assert load_pretrained().descriptor_dim == 2048
entries = distribution("tetra_vpr").entry_points
commands = {entry.name: entry.load() for entry in entries if entry.group == "console_scripts"}
assert commands["tetra-convert"](["toy", "again.safetensors"]) == 0
assert load_pretrained("again.safetensors").descriptor_dim == 1024
print(f"{len(commands)} commands load")
"""
FROM_HUB = """
import sys, torch
for name, side, size in (("toy", 98, 128), ("street", 224, 256)):
    bits = torch.hub.load(sys.argv[1], name, source="local")(torch.zeros(1, 3, side, side))
    assert (bits.dtype, tuple(bits.shape)) == (torch.uint8, (1, size)), (name, bits.dtype, bits.shape)
print("torch.hub loads toy and street")
"""


def missing(wheel, package):
    "Modules and weights of the checkout that a wheel does not hold."
    files = [file for kind in ("*.py", "*.safetensors") for file in package.rglob(kind)]
    return {file.relative_to(package.parent).as_posix() for file in files} - set(zipfile.ZipFile(wheel).namelist())


def run_outside(code, *arguments, **environment):
    "Runs Python code in a fresh process and an empty folder."
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        subprocess.run(command, cwd=folder, env=os.environ | environment, check=True)


if __name__ == "__main__":
    wheel = Path(sys.argv[1]).resolve()
    if lost := missing(wheel, ROOT/"tetra_vpr"):
        sys.exit(f"{wheel.name} does not hold {', '.join(sorted(lost))}")
    run_outside(FROM_WHEEL, PYTHONPATH=str(wheel))
    run_outside(FROM_HUB, ROOT)
