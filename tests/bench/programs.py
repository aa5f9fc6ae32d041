"""Rows of the programs in C that are linked with the rooms: a line "NAME TAB MICROSECONDS" each."""
import subprocess

from rows import Row

GOALS = {"step that mounts": 180, "step that unmounts": 180}


def rows(_stave, programs):
    """Steps, a container's walls by groups, unions, diff."""
    for program in ("step", "union"):
        said = subprocess.run([programs[program]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
        for line in (said.stderr if program == "step" else said.stdout).splitlines():
            name, microseconds = line.split("\t")
            yield Row(name, "us", float(microseconds), goal=GOALS.get(name))
