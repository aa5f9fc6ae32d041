"""Trees of files, written down and made up.
tree.py show DIR [--no-owners]   a line for each file: all that two trees can differ in
tree.py make DIR SEED            a random tree
tree.py change DIR SEED          random changes to a tree"""
import hashlib
import os
import random
import stat
import sys

# What a store and a mount add, and what umoci notes for itself.
IGNORED = ("user.overlay.", "trusted.overlay.", "user.stave.", "user.rootlesscontainers",
           "security.selinux")
ODD = ["a", "b c", "d\\e", "\u00e9", "caf\udce9", "new\nline", "-n", "x" * 200, ".hidden", "a:b,c", "\x1b[2J"]


def line(path, name, owners, links):
    info = os.lstat(path)
    words = [stat.filemode(info.st_mode)]
    if owners:
        words.append(f"{info.st_uid}:{info.st_gid}")
    words.append(f"{info.st_mtime_ns // 10 ** 9}")
    if stat.S_ISREG(info.st_mode):
        with open(path, "rb") as file:
            words.append(f"{info.st_size} {hashlib.sha256(file.read()).hexdigest()[:16]}")
    elif stat.S_ISLNK(info.st_mode):
        words.append("-> " + ascii(os.readlink(path)))
    elif stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
        words.append(f"{os.major(info.st_rdev)},{os.minor(info.st_rdev)}")
    if not stat.S_ISDIR(info.st_mode) and info.st_nlink > 1:
        words.append("same as " + links.setdefault((info.st_dev, info.st_ino), ascii(name)))
    if not stat.S_ISLNK(info.st_mode):
        for key in sorted(os.listxattr(path)):
            if not key.startswith(IGNORED):
                words.append(f"{key}={os.getxattr(path, key).hex()}")
    return ascii(name) + " " + " ".join(words)


def show(root, owners):
    links, out = {}, []
    for folder, folders, files in os.walk(root):
        folders.sort()
        out.append((folder, os.path.relpath(folder, root)))
        for name in sorted(files) + [f for f in folders if os.path.islink(f"{folder}/{f}")]:
            out.append((f"{folder}/{name}", os.path.relpath(f"{folder}/{name}", root)))
    for path, name in sorted(out, key=lambda pair: os.fsencode(pair[1])):
        print(line(path, name, owners, links))


def settle(path, dice):
    """What a file has besides its content, at random."""
    if os.path.islink(path):
        return
    with open("/proc/self/uid_map") as file:
        everybody = file.read().split()[2] == "4294967295"
    if os.geteuid() == 0 and everybody:
        os.chown(path, dice.choice([0, 0, 7, 65534, 100000]), dice.choice([0, 0, 5]))
    plain = stat.S_ISREG(os.lstat(path).st_mode) or stat.S_ISDIR(os.lstat(path).st_mode)
    if plain and dice.random() < 0.2:
        os.setxattr(path, "user.note", bytes(dice.randrange(256) for _ in range(dice.randrange(40))))
    modes = [0o755, 0o700, 0o1777, 0o2755] if os.path.isdir(path) else [0o644, 0o600, 0o4755, 0o2711, 0o400]
    os.chmod(path, dice.choice(modes))


def add(path, dice, others):
    kind = dice.random()
    if kind < 0.6 or not others:
        with open(path, "wb") as file:
            file.write(dice.randbytes(dice.choice([0, 1, 511, 512, 513, 5000])))
    elif kind < 0.75:
        os.symlink(dice.choice(["/etc/passwd", "..", "nowhere", "a/b", os.path.basename(others[0])]), path)
    elif kind < 0.9:
        try:
            os.link(dice.choice(others), path, follow_symlinks=False)
        except OSError:
            os.mkfifo(path)
        return
    else:
        os.mkfifo(path)
    settle(path, dice)


def fill(folder, dice, depth):
    others = []
    for name in dice.sample(ODD, dice.randint(2, len(ODD))):
        path = f"{folder}/{name}"
        if os.path.lexists(path):
            continue
        if depth and dice.random() < 0.4:
            os.mkdir(path)
            fill(path, dice, depth - 1)
            settle(path, dice)
        else:
            add(path, dice, others)
            # tar(1) writes a FIFO of two names as two.
            if not stat.S_ISFIFO(os.lstat(path).st_mode):
                others.append(path)
    for name in sorted(os.listdir(folder)):
        when = dice.randrange(10 ** 9)
        os.utime(f"{folder}/{name}", (when, when), follow_symlinks=False)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
        for name in os.listdir(path):
            remove(f"{path}/{name}")
        os.rmdir(path)
    else:
        os.unlink(path)


def change(folder, dice, depth):
    for name in sorted(os.listdir(folder), key=os.fsencode):
        path, luck = f"{folder}/{name}", dice.random()
        if luck < 0.15:
            remove(path)
        elif luck < 0.3:
            remove(path)
            if dice.random() < 0.5:
                os.mkdir(path)
                fill(path, dice, 1)
            else:
                add(path, dice, [])
        elif luck < 0.4:
            settle(path, dice)
        elif os.path.isdir(path) and not os.path.islink(path) and depth:
            change(path, dice, depth - 1)
        elif luck < 0.6 and os.path.isfile(path) and not os.path.islink(path):
            os.chmod(path, 0o644)
            with open(path, "ab") as file:
                file.write(b"more")
    fill(folder, dice, 0)


if __name__ == "__main__":
    what, root = sys.argv[1:3]
    if what == "show":
        show(root, "--no-owners" not in sys.argv)
    else:
        (fill if what == "make" else change)(root, random.Random(int(sys.argv[3])), 2)
