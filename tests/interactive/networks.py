#!/usr/bin/python3
"""Networks of containers at the prompt: what ends by itself."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from lib.terminal import TerminalTest, deadline


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Networks(TerminalTest):
    def process_of(self, title):
        listed = subprocess.run(['ps', '-o', 'pid=,args=', '--ppid', str(self.shell.pid)], capture_output=True,
                                text=True, check=False).stdout
        return int(re.search(r'(\d+) ' + title, listed).group(1))

    def test_a_process_of_a_port_that_was_killed_is_told_at_the_next_prompt_once(self):
        self.need_walls()
        port = free_port()
        self.start()
        self.line('container -d --name web -p %d:80 -- sleep 300' % port)
        pid = self.process_of('stave-forw')
        os.kill(pid, signal.SIGKILL)
        while open('/proc/%d/stat' % pid, encoding='utf-8').read().split()[2] != 'Z':
            time.sleep(0.01)
        told = self.line('version')
        self.assertIn(str(pid), told)
        self.assertIn('SIGKILL', told)
        self.assertIn(str(port), told)
        self.assertNotIn('SIGKILL', self.line('version'))
        self.assertIn('again', self.line('container -p %d:80 -- echo again' % port))

    def test_the_name_of_a_container_that_has_ended_goes_while_the_shell_waits(self):
        self.need_walls()
        self.start()
        self.line('network create back')
        self.line('container -d --name a --net back -- sleep 300')
        self.line('container -d --name b --net back -- sleep 300')
        pids = [int(pid) for pid in re.findall(r'(\d+) +running', self.line('jobs'))]
        try:
            hosts = open('/proc/%d/root/etc/hosts' % pids[0], encoding='utf-8')
        except OSError:
            self.skipTest('this user may not look into the container')
        with hosts:
            self.assertIn('\tb\n', hosts.read())
            os.kill(pids[1], signal.SIGKILL)
            end = time.monotonic() + deadline(5)
            while '\tb\n' in self.again(hosts) and time.monotonic() < end:
                time.sleep(0.02)
            self.assertNotIn('\tb\n', self.again(hosts))
        self.assertIn('[2]', self.line(''))

    def test_no_row_of_a_report_is_wider_than_the_screen(self):
        self.need_walls()
        if not shutil.which('nft', path=os.environ['PATH'] + ':/usr/sbin:/sbin'):
            self.skipTest('nft is not installed')
        six = 'fd00:1234:5678:9abc:def0:1234:'
        self.start()
        told = [self.line(line) for line in (
            'set show calls', 'unshare user net', 'net lo', 'net bridge br0', 'net up br0', 'net veth a b', 'net up a',
            'net up b', 'net addr add %s5678:9abc/64 br0' % six, 'net addr add 10.7.0.1/24 br0',
            'net route add %s9999:9abc/128 via %s5678:1' % (six, six), 'net route add 10.9.0.0/16 via 10.7.0.2',
            'net nat br0', 'net publish 8080:80 to 10.7.0.2', 'net deny in icmp',
            'net allow in established from %s5678:9abc' % six, 'net', 'undo', 'container --net bridge -p %d:80 -- true' %
            free_port(), '@router net', 'unshare mnt', 'mount tmpfs /mnt', 'bindmount /usr /mnt', 'seccomp docker',
            'caps drop net_raw')]
        rows = [row for one in told for row in one.split('\n')[1:]]
        # Rows of mountinfo stand as the kernel has them.
        wide = [row for row in rows if len(row) > 80 and not re.match(r' +[-+~] \d+ \d+ \d+:', row)]
        self.assertEqual(wide, [])
        self.assertTrue([row for row in rows if row.startswith('   + rule inet stave ')])
        self.assertIn('%s5678:9abc/64' % six, [row.strip() for row in rows])

    @staticmethod
    def again(hosts):
        hosts.seek(0)
        return hosts.read()


if __name__ == '__main__':
    unittest.main()
