#!/usr/bin/env python3
"""Mounts a FUSE file system at a folder that nobody answers for, until it is told to end, a minute at the most: FOLDER USER [OPTIONS].

Who is let in waits for an answer; with this program the connection ends, and so does the wait."""
import ctypes
import os
import signal
import sys

folder, user, more = sys.argv[1], sys.argv[2], ''.join(',' + o for o in sys.argv[3:])
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={fd},rootmode=40000,user_id={user},group_id={user}{more}'
if libc.mount(b'fuse', folder.encode(), b'fuse', 0, options.encode()) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
signal.alarm(60)
signal.pause()
