"Everything that `pip` needs to know is read from settings.ini, the one place where it is written."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

cfg = ConfigParser(delimiters=["="], interpolation=None)
cfg.read("settings.ini", encoding="utf-8")
cfg = cfg["DEFAULT"]
lines = lambda key: [line.strip() for line in cfg[key].splitlines() if line.strip()]
words = lambda key: cfg[key].split()

extras = {key.removesuffix("_requirements"): words(key) for key in cfg if key.endswith("_requirements")}
extras["notebooks"] += extras["train"]
extras["dev"] = sum(extras.values(), [])
setup(
    name=cfg["lib_name"], version=cfg["version"], description=cfg["description"],
    author=cfg["author"], license="MIT", keywords=cfg["keywords"],
    long_description=Path("README.md").read_text(encoding="utf-8"), long_description_content_type="text/markdown",
    packages=find_packages(include=["tetra_vpr", "tetra_vpr.*"]), package_data={"tetra_vpr": ["weights/*.safetensors"]},
    python_requires=f">={cfg['min_python']}",
    install_requires=words("requirements") + lines("requirements_marked"),
    extras_require=extras,
    entry_points={
        "console_scripts": lines("console_scripts"),
        "nbdev": [f"{cfg['lib_name']} = {cfg['lib_path']}._modidx:d"],   # names in the docs become links
    },
)
