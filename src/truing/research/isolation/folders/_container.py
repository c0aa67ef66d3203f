"""Container: run submitted folders in Podman containers, with the sandbox's own limits inside.

The container hides everything but Python, the packages, the models and the folder of the run. In
it, the same supervisor as without a container measures the run, and the run restricts itself with
seccomp and, if the runtime has it, Landlock. So a run must escape from both.
"""

from __future__ import annotations

import os
import resource
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from truing.closure import TRUING
from truing.errors import IsolationError
from truing.research.folders import FolderLimits
from truing.research.isolation._level import LEVELS, child_environment, probe
from truing.research.isolation._readable import INSTALLED, data_with_truth
from truing.research.isolation.folders._order import FolderOrder
from truing.research.isolation.folders._sandbox import FolderSandbox
from truing.research.isolation.folders._supervise import MORE_THREADS
from truing.research.isolation.kernel._scratch import WRITABLE
from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

PODMAN = "podman"
PROGRAM = "from truing.research.isolation.folders._container import main; main()"
ANSWERS = 3  # the first descriptor that podman passes on
OWN_MEMORY = 512  # MB of the supervisor
OWN_FILES = 256
MOST_PROCESSES = 4096
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")
WITHOUT_LANDLOCK = ("runsc",)  # runtimes with a separate kernel


class FolderContainer(FolderSandbox):
    """Runs folders in Podman containers.

    Args:
        limits: resource limits of each run.
        python: Python program of the environment in which folders run; in an image the program's
            path there, by default `python3`.
        image: image whose files the runs see. It must contain truing and its packages. By default
            the files of this machine's Python and packages.
        runtime: OCI runtime, such as `runsc` (gVisor) or `runc`; by default that of Podman.

    Raises:
        IsolationError: this machine has no Podman, not this runtime, or no seccomp.
    """

    def __init__(
        self,
        limits: FolderLimits = FolderLimits(),  # noqa: B008  (frozen)
        python: str = "",
        image: str = "",
        runtime: str = "",
    ):
        for program, what in ((PODMAN, "isolation 'podman'"), (runtime, f"runtime {runtime!r}")):
            if program and shutil.which(program) is None:
                raise IsolationError(
                    f"{what} needs the program {program}, which is not installed here; install "
                    "it, or use the isolation 'sealed', which needs no program"
                )
        super().__init__("filtered", limits, "" if image else python)
        self.image, self.runtime, self._program = image, runtime, python
        landlock = probe().landlock > 0 and Path(runtime).name not in WITHOUT_LANDLOCK
        self._chosen = LEVELS["sealed" if landlock else "filtered"]
        self.level = f"{PODMAN}+{Path(runtime).name}" if runtime else PODMAN

    def _start(self, order: FolderOrder, descriptors: Sequence[int]) -> Callable[[], None]:
        user = FIRST_UNUSED_USER + secrets.randbelow(1 << 29) if os.getuid() == 0 else None
        work = Path(order.place) / order.work
        for name in WRITABLE:
            (work / name).mkdir()
            if user is not None:
                os.chown(work / name, user, user)
        name = f"truing-{secrets.token_hex(8)}"
        command = self.command(order, name, user)
        orders, answers, prints = descriptors
        places = ((orders, 0), (prints, 1), (prints, 2), (answers, ANSWERS))
        actions = [(os.POSIX_SPAWN_DUP2, one, target) for one, target in places]
        child = os.posix_spawnp(PODMAN, command, dict(os.environ), file_actions=actions)

        def end() -> None:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            subprocess.run(
                [PODMAN, "rm", "--force", "--ignore", "--time", "0", name],
                capture_output=True,
                check=False,
            )

        return end

    def _order(self, *given: object) -> FolderOrder:
        # The container has the namespaces.
        order = super()._order(*given)  # type: ignore[arg-type]
        return replace(order, own_network=False, own_processes=False, other_user=False)

    def command(self, order: FolderOrder, name: str, user: int | None) -> list[str]:
        """The command line of a container.

        Args:
            order: what runs in the container.
            name: name of the container.
            user: number of the user in the container; None for the user who starts it.
        """
        limits = order.limits
        work = f"{order.place}/{order.work}"
        threads = limits.threads + MORE_THREADS
        runtime = ["--runtime", self.runtime] if self.runtime else []
        given = {
            "name": name,
            "hostname": order.host,
            "workdir": order.place,
            "preserve-fds": 1,
            "network": "none",
            "cap-drop": "all",
            "security-opt": "no-new-privileges",
            "memory": f"{limits.memory_mb + OWN_MEMORY}m",
            "memory-swap": f"{limits.memory_mb + OWN_MEMORY}m",
            "cpus": limits.threads,
            "pids-limit": threads + MORE_THREADS,
            "read-only-tmpfs": "false",
            "log-driver": "none",
            "pull": "never",
        }
        options = [f"--{option}={value}" for option, value in given.items()]
        # Podman's default may be above the limit of this process. The run itself has a lower limit.
        _, most = resource.getrlimit(resource.RLIMIT_NPROC)
        processes = MOST_PROCESSES if most < 0 else min(most, MOST_PROCESSES)
        ulimits = {"nofile": OWN_FILES, "core": 0, "nproc": processes}
        options += [f"--ulimit={kind}={value}:{value}" for kind, value in ulimits.items()]
        options += [f"--env={key}={value}" for key, value in child_environment("/").items()]
        options += [f"--user={user}:{user}"] if user is not None else []
        options += self._mounts(order, work)
        python = self._program or ("python3" if self.image else sys.executable)
        files = [self.image] if self.image else ["--rootfs", f"{order.place}/rootfs"]
        program = [python, "-s", "-P", "-B", "-c", PROGRAM, str(bool(self.python))]
        return [PODMAN, *runtime, "run", "--rm", "-i", "--read-only", *options, *files, *program]

    def _mounts(self, order: FolderOrder, work: str) -> list[str]:
        """Read-only mounts, the folders for writing, and empty folders over data with truth."""
        if not self.image:
            (Path(order.place) / "rootfs").mkdir(mode=0o755, exist_ok=True)
        own = [] if self.image else _files_of_python()
        readable = [*own, *order.models, work]
        options = [f"--volume={one}:{one}:ro" for one in dict.fromkeys(readable)]
        options += [f"--volume={work}/{name}:{work}/{name}:rw" for name in WRITABLE]
        hidden = [] if self.image else data_with_truth()
        return options + [f"--tmpfs={one}:ro,size=4k,notmpcopyup" for one in hidden]


def _files_of_python() -> list[str]:
    """Folders of this machine's Python, its packages and truing; without folders in others."""
    installed = [one for one in sys.path if Path(one).name in INSTALLED]
    found = [*SYSTEM, sys.base_prefix, sys.prefix, *installed, str(TRUING)]
    places = sorted({Path(one) for one in found if Path(one).exists()})
    inner = {one for one in places for other in places if one != other and other in one.parents}
    return [str(one) for one in places if one not in inner]


def main() -> None:
    """Entry point in a container; its argument is whether all installed packages may be read."""
    from truing.methods import METHODS
    from truing.research.isolation.folders import _child as child
    from truing.research.isolation.folders._hidden_packages import hide_packages
    from truing.students.features import FEATURES

    if sys.argv[1] != "True":
        hide_packages()
    METHODS.loaded = FEATURES.loaded = True
    child.main(ANSWERS, os.getppid())
