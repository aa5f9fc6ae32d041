#!/usr/bin/python3
"""Random use and random death: Stave has to end, leave the host as it was, and keep its store whole.

usage: soak.py STAVE KIND [--rounds N] [--seconds N] [--seed N]

KIND is one of
  lines    random lines of some patterns in one session: no wait without an end, no descriptor and no
           memory that stays
  grammar  random lines of all of the grammar, right and wrong: no signal, no word of a sanitizer, no wait without
           an end, each error with its id
  kills    kill -9 of a random process of Stave's at a random moment: the next start cleans up
  store    kill -9 at a random system call on the store: no image is lost, none is half
  shells   four shells on one store at once
  pairs    two shells that import and remove one image in loops, and one that runs it
  many     100 sessions at once
  steps    10,000 steps in one session: what it keeps of each
  full     a full disk, one without inodes, one that is read-only, below all that a session writes (root)
  bombs    floods of output, programs that ignore every signal, fork bombs
  stops    SIGSTOP of each process of a session in turn: no wait without an end
Works in a new folder, prints one line of figures; status 1 with what went wrong, and the seed.
"""

import argparse
import random
import sys
import time

from crowd import bombs, full, many, pairs, steps, stops
from deaths import kills, shells, store
from lines import grammar_lines, lines
from world import World, Wrong


def main():
    """One kind."""
    kinds = {"lines": (lines, 10000), "kills": (kills, 500), "store": (store, 650),
             "shells": (shells, 400), "grammar": (grammar_lines, 10000),
             "pairs": (pairs, 300), "many": (many, 100), "steps": (steps, 10000), "full": (full, 1),
             "bombs": (bombs, 5), "stops": (stops, 24)}
    parser = argparse.ArgumentParser()
    parser.add_argument("stave")
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    play, usual = kinds[given.kind]
    world = World(given.stave, given.kind == "grammar")
    begun = time.monotonic()
    try:
        said = play(world, random.Random(given.seed), given.rounds or usual,
                    begun + given.seconds)
        print(f"{given.kind}: {said}; {time.monotonic() - begun:.0f} s, seed {given.seed}")
        return 0
    except Wrong as wrong:
        print(f"{given.kind}: {wrong}\nseed {given.seed}")
        return 1
    finally:
        world.done()


if __name__ == "__main__":
    sys.exit(main())
