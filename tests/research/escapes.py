"""Escapes: lines of Python with which submitted code tries to read, reach or change anything.

A line sets `got` to what it found. The names in braces are filled in by the tests.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

SECRETS = {
    "its environment": "got = dict(os.environ)",
    "its own /proc": "got = open('/proc/self/environ').read()",
    "our environment": "got = open(f'/proc/{os.getppid()}/environ').read()",
    "our command line": "got = open(f'/proc/{os.getppid()}/cmdline').read()",
    "our memory": "got = open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    "our descriptors": "got = os.listdir(f'/proc/{os.getppid()}/fd')",
    "our working folder": "got = os.listdir(f'/proc/{os.getppid()}/cwd')",
    "any process": "got = os.listdir('/proc')",
    "a file": "got = open({file!r}).read()",
    "a file, by a crooked path": "got = open('../../../../../..' + {file!r}).read()",
    "a file's folder": "got = os.listdir(os.path.dirname({file!r}))",
    "a file, by a new link": "os.symlink({file!r}, 'link'); got = open('link').read()",
    "a file, by a hard link": "os.link({file!r}, 'link'); got = open('link').read()",
    "a file in memory": "got = mmap.mmap(os.open({file!r}, 0), 0, prot=mmap.PROT_READ).read()",
    "a file open to all": "got = open({open_file!r}).read()",
    "the project": f"got = open({str(ROOT / 'pyproject.toml')!r}).read()",
    "this test": f"got = open({__file__!r}).read()",
    "the temporary folder": f"got = os.listdir({tempfile.gettempdir()!r})",
    "root's home": "got = os.listdir('/root')",
    "homes": "got = os.listdir('/home')",
    "everything": "got = os.listdir('/')",
    "passwords": "got = open('/etc/passwd').read()",
    "the machine": "got = os.listdir('/sys')",
    "shared memory": "got = os.listdir('/dev/shm')",
    "another root": "os.chroot('/'); got = 1",
    "digits": "from sklearn.datasets import load_digits; got = load_digits().target",
    "the digits' file": "import sklearn; got = open(os.path.dirname(sklearn.__file__)"
    " + '/datasets/data/digits.csv.gz', 'rb').read(9)",
    "the test's packages": "import pytest; got = pytest.__file__",
}

REACHES = {
    "TCP": "socket.create_connection(('127.0.0.1', {port}), 1)",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "IPv6": "socket.socket(socket.AF_INET6)",
    "a Unix socket": "socket.socket(socket.AF_UNIX).connect({unix!r})",
    "an abstract Unix socket": "socket.socket(socket.AF_UNIX).connect('\\0truing-test')",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "a name": "socket.getaddrinfo('localhost', 80, socket.AF_INET, 0, 0, 0)",
    "listening": "socket.create_server(('127.0.0.1', 0))",
    "a pair of sockets": "socket.socketpair()",
    "signalling us": "os.kill(os.getppid(), 0)",
    "stopping us": "os.kill(os.getppid(), signal.SIGSTOP)",
    "signalling all": "os.kill(-1, 0)",
    "signalling its group": "os.killpg(0, 0)",
    "signalling through a file": "import fcntl; fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid())",
    "our limits": "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "its own limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "our processors": "os.sched_setaffinity(os.getppid(), [0])",
    "our priority": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "a new session": "os.setsid()",
    "becoming root": "os.setuid(0)",
    "fork": "os.fork()",
    "a command": "subprocess.run(['true'])",
    "becoming a command": "os.execv('/bin/true', ['true'])",
    "spawning": "os.posix_spawn('/bin/true', ['true'], {{}})",
    "a shell": "assert os.system('true') == 0",
    "a file at home": "open('new', 'w')",
    "a file elsewhere": "open({folder!r} + '/new', 'w')",
    "a file in /tmp": "open('/tmp/new-of-truing', 'w')",
    "a temporary file": "tempfile.TemporaryFile()",
    "a file in memory": "os.memfd_create('x')",
    "more of a file": "open({victim!r}, 'a')",
    "less of a file": "os.close(os.open({victim!r}, os.O_RDONLY | os.O_TRUNC))",
    "truncation": "os.truncate({victim!r}, 0)",
    "removal": "os.unlink({victim!r})",
    "renaming": "os.rename({victim!r}, {victim!r} + 'x')",
    "rights": "os.chmod({victim!r}, 0o777)",
    "a folder": "os.mkdir('folder')",
    "its own file": "open('method.py', 'a')",
    "Python": "import numpy; open(numpy.__file__, 'a')",
    "shared memory": "open('/dev/shm/truing', 'w')",
}

# On x86_64; the filter lists what is allowed, so these stand for all others.
CALLS = {
    "ptrace": (101, "16, os.getppid()"),
    "process_vm_readv": (310, "os.getppid(), 0, 0, 0, 0, 0"),
    "process_vm_writev": (311, "os.getppid(), 0, 0, 0, 0, 0"),
    "io_uring_setup": (425, "1, 0"),
    "keyctl": (250, "0, 0"),
    "bpf": (321, "0, 0, 0"),
    "mount": (165, "0, 0, 0, 0, 0"),
    "unshare": (272, "0x10000000"),
    "setns": (308, "0, 0"),
    "pidfd_open": (434, "os.getppid(), 0"),
    "open_by_handle_at": (304, "0, 0, 0"),
    "perf_event_open": (298, "0, 0, 0, 0, 0"),
    "userfaultfd": (323, "0"),
    "shmget": (29, "0, 4096, 0o1600"),
    "mq_open": (240, "0, 0, 0, 0"),
    "memfd_secret": (447, "0"),
    "openat2": (437, "0, 0, 0, 0"),
    "fork": (57, ""),
    "vfork": (58, ""),
    "a user namespace by clone": (56, "0x10000000, 0, 0, 0, 0"),
    "tkill": (200, "os.getppid(), 0"),
    "rt_sigqueueinfo": (129, "os.getppid(), 0, 0"),
    "kill by a wide number": (0x40000000 + 62, "1, 0"),
}
