"""A small host to try stave on: busybox, stave and one user, in namespaces of its own.

What stave prints tells of the machine under it: its mounts, its numbers, its name. On this stage
they are the same everywhere, so what is printed there can be shown in a document and compared.
Nothing of the machine is changed, and no rights are needed but those to make user namespaces.
"""
# All at once: further on, the files of Python itself may be out of reach.
import ctypes
import fcntl
import glob
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios

UID = 1000
INIT = '#!/bin/sh\nstave "$@"\nexit $?\n'
# Four digits from the first process on, as on a machine that has been up for a while.
FIRST_PID = 5100
ROOT = '/tmp'  # hidden by the stage's / in its own mount namespace only
HOME = '/home/learner'
CLONE = dict(NEWNS=0x20000, NEWCGROUP=0x2000000, NEWUTS=0x4000000, NEWIPC=0x8000000,
             NEWUSER=0x10000000, NEWPID=0x20000000, NEWNET=0x40000000)
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH, PR_SET_DUMPABLE = 0x1000, 0x4000, 1 << 18, 2, 4
SYS_PIVOT_ROOT = {'x86_64': 155, 'aarch64': 41, 'riscv64': 41}
LIBC = ctypes.CDLL(None, use_errno=True)


class CannotStage(Exception):
    """This machine lacks what a stage takes."""


def call(name, *args):
    """A C function that returns -1 when it fails."""
    if getattr(LIBC, name)(*args) < 0:
        code = ctypes.get_errno()
        raise OSError(code, '%s%r: %s' % (name, args, os.strerror(code)))


def mount(source, target, fstype, flags=0, data=None):
    encoded = [s.encode() if s else None for s in (source, ROOT + target, fstype)]
    call('mount', *encoded, ctypes.c_ulong(flags), data.encode() if data else None)


def static_busybox():
    for path in ('/bin/busybox.static', '/usr/bin/busybox', '/bin/busybox',
                 '/usr/lib/busybox/busybox'):
        if os.access(path, os.X_OK):
            with open(path, 'rb') as file:
                content = file.read()
            if b'/ld-l' not in content and b'/ld-m' not in content:
                return path, content
    raise CannotStage('there is no static busybox (package busybox-static)')


def libraries(program):
    """The files that a dynamically linked program needs, by path; none for a static one."""
    listed = subprocess.run(['ldd', program], capture_output=True, text=True, check=False).stdout
    paths = [word for word in listed.split() if word.startswith('/') and os.path.exists(word)]
    return {path: open(path, 'rb').read() for path in paths}


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
    with open(ROOT + path, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(ROOT + path, mode)
    os.utime(ROOT + path, (1700000000, 1700000000))


def enter_user_namespace():
    """Leave root, if one is, and become user 1000 of a namespace with all its capabilities."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(UID, UID, UID)
        os.setresuid(UID, UID, UID)
    uid, gid = os.getuid(), os.getgid()
    # Having been somebody else, /proc/self would be root's.
    call('prctl', PR_SET_DUMPABLE, 1, 0, 0, 0)
    flags = 0
    for flag in CLONE.values():
        flags |= flag
    call('unshare', flags)
    for name, text in (('setgroups', 'deny'), ('uid_map', '%d %d 1' % (UID, uid)),
                       ('gid_map', '%d %d 1' % (UID, gid))):
        with open('/proc/self/' + name, 'w', encoding='utf-8') as file:
            file.write(text)


def furnish(files, applets):
    """Make the stage's files below ROOT, a fresh file system in memory."""
    call('mount', None, b'/', None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    mount('host', '', 'tmpfs', 0, 'mode=0755,size=256m')
    for folder in ('dev/pts', 'etc', 'mnt', 'old', 'proc', 'root', 'run', 'sbin',
                   'sys', 'tmp', 'usr/bin', 'var', HOME[1:], 'run/user/%d' % UID):
        os.makedirs('%s/%s' % (ROOT, folder), exist_ok=True)
    os.chmod('%s/run/user/%d' % (ROOT, UID), 0o700)
    for path, (content, mode) in files.items():
        write(path, content, mode)
    for applet in applets:
        if not os.path.lexists('%s/bin/%s' % (ROOT, applet)):
            os.symlink('busybox', '%s/bin/%s' % (ROOT, applet))
    for node in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
        write('/dev/' + node, '')
        mount('/dev/' + node, '/dev/' + node, None, MS_BIND)


def begin_numbers(proc):
    """Let the pid namespace of this /proc go on with FIRST_PID."""
    with open(proc + '/sys/kernel/ns_last_pid', 'w', encoding='utf-8') as file:
        file.write(str(FIRST_PID - 1))


def take_the_stage():
    """In the first process of the new pid namespace: its /proc, and the way in. When the last
    name of the old host is gone, so are its mounts."""
    mount('proc', '/proc', 'proc')
    mount('sysfs', '/sys', 'sysfs')
    mount('devpts', '/dev/pts', 'devpts', 0, 'newinstance,ptmxmode=0666')
    os.symlink('pts/ptmx', ROOT + '/dev/ptmx')
    begin_numbers(ROOT + '/proc')
    os.chdir(ROOT)
    number = SYS_PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise CannotStage('no number of pivot_root(2) for ' + os.uname().machine)
    call('syscall', ctypes.c_long(number), b'.', b'old')
    call('umount2', b'/old', MNT_DETACH)
    os.rmdir('/old')
    call('sethostname', b'host', 4)
    os.chdir(HOME)


def environment(term, language=None):
    asked = {'LANGUAGE': language} if language else {}
    return dict(PATH='/bin', HOME=HOME, USER='learner', TERM=term, PAGER='cat', LC_ALL='C.UTF-8',
                XDG_RUNTIME_DIR='/run/user/%d' % UID, INPUTRC='/etc/inputrc', **asked)


def catalogs():
    """The translations, where stave in /bin looks for them."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    return {'/share/stave/po/' + os.path.basename(path): (open(path, 'rb').read(), 0o644)
            for path in glob.glob(top + '/po/*.po')}


def stage_files(stave):
    busybox, content = static_busybox()
    applets = subprocess.run([busybox, '--list'], capture_output=True, text=True,
                             check=True).stdout.split()
    files = {'/bin/busybox': (content, 0o755), '/bin/stave': (open(stave, 'rb').read(), 0o755),
             '/sbin/init': (INIT, 0o755),
             '/etc/passwd': ('learner:x:%d:%d::%s:/bin/sh\n' % (UID, UID, HOME), 0o644),
             '/etc/group': ('learner:x:%d:\n' % UID, 0o644),
             '/etc/inputrc': ('set enable-bracketed-paste off\n', 0o644),
             '/home/notes.txt': ('a note of the host\n', 0o644)}
    beside = [os.path.join(os.path.dirname(os.path.realpath(stave)), name)
              for name in ('stave-probe', 'stave-archive')]
    for program in filter(os.path.exists, beside):
        with open(program, 'rb') as file:
            files['/bin/' + os.path.basename(program)] = (file.read(), 0o755)
    for program in [stave] + beside:
        for path, content in libraries(program).items():
            files[path] = (content, 0o755)
    return files, applets


def perform(stave, arguments, term, language=None):
    """Set the stage and run stave on it, in this process's place. Returns the exit status."""
    files, applets = stage_files(stave)
    files.update(catalogs() if language else {})
    try:
        enter_user_namespace()
        furnish(files, applets)
    except OSError as error:
        raise CannotStage(str(error)) from error
    pid = os.fork()
    if pid:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return status if status >= 0 else 128 - status
    take_the_stage()
    os.execve('/sbin/init', ['init'] + arguments, environment(term, language))


def perform_as_root(stave, term):
    """Run stave with the rights and control groups of root, in a pid namespace of its own."""
    call('unshare', CLONE['NEWNS'] | CLONE['NEWPID'])
    call('mount', None, b'/', None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    call('mount', b'proc', b'/proc', b'proc', ctypes.c_ulong(0), None)
    begin_numbers('/proc')
    os.chdir('/')
    os.execve('/bin/sh', ['init', '-c', '"$0"; exit $?', stave],
              dict(environment(term), PATH='/usr/bin:/bin', HOME='/nonexistent'))
    return None


def on_a_terminal(size, run, *arguments):
    """Fork on a terminal of that size; there, run(*arguments). Returns (pid, descriptor)."""
    pid, terminal = pty.fork()
    if pid:
        return pid, terminal
    status = 125
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', *size, 0, 0))
        status = run(*arguments)
    except BaseException as error:  # nothing of the parent's may run in this process
        print('stage: %s' % error, flush=True)
    finally:
        os._exit(status)


def start(stave, term='xterm', size=(24, 80), language=None):
    """Start stave on a stage and on a terminal of its own. Returns (pid, descriptor)."""
    return on_a_terminal(size, perform, stave, [], term, language)


def start_unasked(stave, term='xterm', size=(24, 80), language=None):
    """The same, and stave asks no questions, as in a script."""
    return on_a_terminal(size, perform, stave, ['--yes'], term, language)


def start_as_root(stave, term='xterm', size=(24, 80)):
    """The same on this machine as it is."""
    return on_a_terminal(size, perform_as_root, stave, term)


def program_to_show(path):
    """The absolute path of a stave that was built; CannotStage where there is none."""
    found = shutil.which(path or os.environ.get('STAVE', './stave'))
    if not found:
        raise CannotStage('there is no %s to run: make builds it' % (path or './stave'))
    return os.path.realpath(found)


if __name__ == '__main__':
    sys.exit(perform(program_to_show(None), sys.argv[1:], os.environ.get('TERM', 'dumb')))
