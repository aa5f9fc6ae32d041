"""What takes all that there is: many sessions, many steps, a full disk, loads that know no bound, processes that do
not answer."""

import ctypes
import os
import signal
import socket
import subprocess
import tarfile
import time

from deaths import check_store, make_archive
from world import MOST, Ended, Session, Wrong, tree_of

USER = "" if os.geteuid() == 0 else "user "


def peak_of(pid):
    """KiB that the process had at the most; 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def private_of(pid):
    """KiB that only this process has."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))


def many(world, _rng, rounds, end):
    """So many sessions at once, each with a child, a container and an answer to give."""
    sessions, begun = [], time.monotonic()
    for number in range(min(rounds, 100)):
        sessions.append(Session(world))
        sessions[-1].write(f"unshare {USER}uts")
        sessions[-1].write("container -- true")
        sessions[-1].write(f"hostname name-{number}")
    for number, session in enumerate(sessions):
        answers = [session.answer("the first line", 10 * MOST), session.answer("the container", 10 * MOST),
                   session.answer("the name", 10 * MOST)]
        if None in answers or not all(answer["ok"] for answer in answers):
            raise Wrong(f"session {number} of {len(sessions)}: {answers}")
    stood = time.monotonic() - begun
    memory = [private_of(session.process.pid) for session in sessions]
    processes = sum(len(tree_of(session.process.pid)) for session in sessions)
    for session in sessions:
        session.end()
    world.check_host("many sessions")
    return f"{len(sessions)} sessions at once stand after {stood:.1f} s, {processes} processes, " \
        f"{sum(memory) / len(memory):.0f} KiB of private memory a shell"


def settled(pid):
    """The private memory of a process that has answered and may still let go of what it worked with: what it is
    when it has been so for a while, however long others keep the processors."""
    looks = []
    while len(looks) < 500 and (len(looks) < 10 or len(set(looks[-10:])) > 1):
        time.sleep(0.01)
        looks.append(private_of(pid))
    return min(looks)


def steps(world, _rng, rounds, end):
    """So many steps in one session: what it holds of each, and how long the first and the last thousand took."""
    session = Session(world)
    session.tell(f"unshare {USER}uts mnt")
    tenth = max(rounds // 10, 1)
    for number in range(rounds):
        answer = session.tell(f"hostname name-{number}")
        if not answer["ok"]:
            raise Wrong(f"step {number}: {answer['error']}")
        if number == tenth - 1:
            first, less, early = number + 1, settled(session.process.pid), time.monotonic()
        if number >= tenth and time.monotonic() > end:
            break
    last, late, more = number + 1, time.monotonic(), settled(session.process.pid)
    session.end()
    world.check_host("steps")
    each = (more - less) / max(last - first, 1)
    if each > 2:
        raise Wrong(f"a step keeps {each:.2f} KiB: {less} KiB after {first}, {more} after {last}")
    return f"{last} steps, {each:.2f} KiB a step, {(late - early) / max(last - first, 1) * 1000:.2f} ms each"


def small_disk(world, options):
    """A file system of this size at a folder of its own, with the folders that a session uses on it."""
    libc = ctypes.CDLL(None, use_errno=True)
    place = f"{world.top}/small"
    os.makedirs(place, exist_ok=True)
    if libc.mount(b"tmpfs", place.encode(), b"tmpfs", ctypes.c_ulong(0), options.encode()) < 0:
        raise OSError(ctypes.get_errno(), "mount")
    for name in ("run", "data", "state", "home"):
        os.mkdir(f"{place}/{name}", 0o700)
    return place


def fill(place, inodes):
    """Until nothing fits."""
    try:
        for number in range(100000):
            with open(f"{place}/fill-{number}", "wb") as file:
                file.write(b"" if inodes else b"x" * 65536)
    except OSError:
        pass


FULL = ["unshare {user}uts mnt", "bindmount A new/here", "image import ../a.tar one", "container -- true",
        "volume create vv", "save {place}/saved", "cgroup pids 50", "mount tmpfs t", "commit made", "steps", "undo",
        "image verify", "container -v vv:/v -- sh -c 'echo x >/v/y'", "image rm one", "volume rm vv"]


def full_disk(world, kind):
    """The lines on a disk of a kind: which failed, each with an id and a status of the manual page."""
    libc = ctypes.CDLL(None, use_errno=True)
    place = small_disk(world, "size=3m" if kind == "full" else "size=64m,nr_inodes=40")
    if kind in ("full", "inodes"):
        fill(place, kind == "inodes")
    elif libc.mount(None, place.encode(), None, ctypes.c_ulong(32 | 1), None) < 0:
        raise OSError(ctypes.get_errno(), "remount")
    before = dict(world.env)
    world.env.update(XDG_RUNTIME_DIR=f"{place}/run", XDG_DATA_HOME=f"{place}/data", XDG_STATE_HOME=f"{place}/state",
                     HOME=f"{place}/home")
    failed = 0
    for line in FULL:
        line = line.format(user=USER, place=place)
        first = "" if line.startswith("unshare") else f"unshare {USER}mnt; "
        status, said = world.run(["-q", "-c", first + line])
        failed += status != 0
        if status not in (0, 1, 125):
            raise Wrong(f"{kind}: status {status} of {line}: {said}")
        if status and "stave: " not in said:
            raise Wrong(f"{kind}: no error of {line}: {said!r}")
    world.env.clear()
    world.env.update(before)
    if libc.umount2(place.encode(), 2) < 0:
        raise OSError(ctypes.get_errno(), "umount")
    os.rmdir(place)
    world.check_host(kind)
    return f"{kind}: {failed} of {len(FULL)} fail"


def full(world, _rng, _rounds, _end):
    """A full disk, one without inodes, one that is read-only, below all that a session writes."""
    if os.geteuid() != 0:
        return "not tried: only root mounts what is filled"
    make_archive("../a.tar", "a")
    said = [full_disk(world, kind) for kind in ("full", "inodes", "read-only")]
    status, text = world.run(["-q", "-c", "image import ../a.tar one; image inspect one; image rm one"])
    if status:
        raise Wrong(f"after that: {text}")
    return "; ".join(said)


FLOOD = "sh -c 'trap \"\" HUP INT QUIT TERM USR1 USR2 TSTP; yes flood'"
DEAF = "sh -c 'trap \"\" HUP INT QUIT TERM USR1 USR2 PIPE TSTP TTIN TTOU; while :; do sleep 1; done'"
BOMB = "sh -c 'b() { b | b & }; b; sleep 60'"


def measured(world, session, pause):
    """What the processes of a session had of memory at the most, after a pause."""
    time.sleep(pause)
    return max(peak_of(pid) for pid in tree_of(session.process.pid) if is_staves(pid))


def is_staves(pid):
    """Whether the process is of the program that is tried."""
    try:
        return "stave" in os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False


def bombs(world, _rng, rounds, end):
    """Floods of output, programs that ignore every signal, fork bombs: the shell answers, holds no
    more memory for it, and ends them all."""
    peak, done = 0, 0
    for _ in range(rounds):
        session = Session(world)
        lines = [f"unshare {USER}pid mnt", f"spawn {FLOOD}", f"spawn {DEAF}", f"container -d --name deaf -- {DEAF}",
                 f"container -d --name flood -- {FLOOD}", "jobs", "kill %1 KILL", "kill %2 TERM", "jobs 1"]
        if os.geteuid() == 0:
            lines.insert(5, f"container -d --name bomb --pids 60 -- {BOMB}")
        for line in lines:
            session.tell(line)
        peak = max(peak, measured(world, session, 2))
        session.tell("version")
        begun = time.monotonic()
        session.end()
        if time.monotonic() - begun > MOST / 2:
            raise Wrong(f"the end took {time.monotonic() - begun:.1f} s")
        world.check_host("bombs")
        done += 1
        if time.monotonic() > end:
            break
    if peak > 32768:
        raise Wrong(f"a process of Stave's had {peak} KiB")
    return f"{done} times a flood, deaf programs and a bomb; no process of Stave's had more than {peak} KiB"


def free_port():
    """One of the host's that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def name_of(pid):
    """As the kernel shows it, "" where it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def is_reader(pid):
    """Whether it is one of those that read archives."""
    try:
        return os.readlink(f"/proc/{pid}/exe").endswith("stave-archive")
    except OSError:
        return False


def play_scene(session, scene):
    """The lines of it, and its processes but the shell: of an import, which goes on, those that read."""
    for line in scene[:-1]:
        session.tell_any(line, MOST)
    if not scene[-1].startswith("image import"):
        session.tell_any(scene[-1], MOST)
        return [pid for pid in tree_of(session.process.pid) if pid != session.process.pid]
    session.write(scene[-1])
    end = time.monotonic() + MOST
    while time.monotonic() < end:
        pids = [pid for pid in tree_of(session.process.pid) if is_reader(pid)]
        if len(pids) >= 3:
            return pids
    raise Wrong("nobody reads the archive")


def stops(world, rng, rounds, end):
    """SIGSTOP of each process of a session in turn: the next line is answered, or ends by a signal;
    the session ends. The sessions have programs and a container, a network and its ports, or import."""
    with open("../big", "wb") as file:
        file.write(os.urandom(64 << 20))
    with tarfile.open("../big.tar", "w") as archive:
        archive.add("../big", "big")
    scenes = [[f"unshare {USER}pid mnt uts", "spawn sleep 300", "container -d --name cask -- sleep 300"],
              ["image import ../big.tar one"]]
    if os.geteuid() == 0:
        scenes.append([f"container -d --name web --net bridge -p 127.0.0.1:{free_port()}:80 -- sleep 300"])
    stopped, names, first = 0, {}, 0 if rounds > 20 else rng.randrange(len(scenes) * 12)
    for number in range(first, first + rounds):
        session, scene = Session(world), scenes[number % len(scenes)]
        pids = play_scene(session, scene)
        victim = pids[number // len(scenes) % len(pids)]
        name = name_of(victim)
        os.kill(victim, signal.SIGSTOP)
        try:
            for line in ("hostname stopped", "container -- true", "jobs", "undo"):
                session.tell_any(line, 3 if scene[-1].startswith("image import") else MOST)
        except Ended as ended:  # by SIGINT, as an import that is stopped does
            if ended.status not in (1, 130) or not scene[-1].startswith("image import"):
                raise Wrong(f"SIGSTOP of {name} of: {scene}: {ended}") from None
        session.end()
        status, said = world.run(["-q", "-c", "version; image verify"])
        if status:
            raise Wrong(f"after SIGSTOP of {name}: {said}")
        world.check_host(f"after SIGSTOP of {name}")
        world.run(["-q", "-k", "-c", "image rm one"])
        stopped += 1
        names[name] = names.get(name, 0) + 1
        if time.monotonic() > end:
            break
    return f"{stopped} stopped: " + ", ".join(f"{count} {name}" for name, count in sorted(names.items()))


def pairs(world, rng, rounds, end):
    """Two shells that import and remove one image in loops, while a third one runs it."""
    for name in "ab":
        make_archive(f"../{name}.tar", name)
    done = {0: 0, 1: 0, 125: 0}
    texts = ["image import ../a.tar one; image rm one", "image import ../b.tar one; image rm one",
             "container --image one -- /nothing; image verify"]
    running = []
    for number in range(rounds):
        running.append((texts[number % 3], world.start(["-q", "-k", "-c", texts[number % 3]], stdin=subprocess.DEVNULL,
                                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))
        while len(running) >= 3 or number == rounds - 1 and running:
            text, process = running.pop(0)
            try:
                status = process.wait(2 * MOST)
            except subprocess.TimeoutExpired:
                raise Wrong(f"no end: {text}") from None
            if status not in done and not (status in (126, 127) and "container" in text):
                raise Wrong(f"status {status}: {text}")
            done[status] = done.get(status, 0) + 1
        if time.monotonic() > end:
            break
    for _, process in running:
        process.wait(2 * MOST)
    said = check_store(world, "two shells and one image")
    world.run(["-q", "-k", "-c", "image rm one"])
    world.check_host("two shells and one image")
    rng.random()
    return f"{sum(done.values())} shells on one image, by status {done}; the store is whole" + ("" if said else "")
