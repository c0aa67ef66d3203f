"""Container: run submitted folders in Podman containers, with the sandbox's own limits inside.

The container hides everything but Python, the packages, the models and the folder of the run. In
it, the same supervisor as without a container watches the run, and the run restricts itself with
seccomp and, if the container's kernel has it, Landlock. So a run must escape from both. A runtime
with a separate kernel, such as gVisor, is measured from outside, see `_meter.py`.
"""

from __future__ import annotations

import math
import os
import resource
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from truing.closure import TRUING
from truing.errors import IsolationError
from truing.research.folders import FolderLimits
from truing.research.isolation._level import LEVELS, child_environment
from truing.research.isolation._readable import INSTALLED, data_with_truth
from truing.research.isolation._working_folder import make_folder, remove_folder
from truing.research.isolation.folders._container_child import (
    DESCRIBE,
    ORDERS,
    PRINTS,
    REPORTS,
    RUN,
)
from truing.research.isolation.folders._container_trial import Inside, try_container
from truing.research.isolation.folders._order import FolderOrder
from truing.research.isolation.folders._running import MeasuredContainer, RunningContainer
from truing.research.isolation.folders._sandbox import FolderSandbox
from truing.research.isolation.folders._supervise import MORE_THREADS
from truing.research.isolation.kernel._scratch import WRITABLE
from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

PODMAN = "podman"
GVISOR = "runsc"
OWN_MEMORY = 512  # MB of the supervisor
OWN_FILES = 256
SHARED_MEMORY = "/dev/shm"
MOST_PROCESSES = 4096
# What a supervisor must be able to do whose run is another user.
SUPERVISING = ("setuid", "setgid", "kill", "dac_read_search")
NUMBER = "number"  # file with the number of the container's first process
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")


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
        self.level = f"{PODMAN}+{Path(runtime).name}" if runtime else PODMAN
        self.processes = MOST_PROCESSES
        self.separate, self.hidden = False, tuple[str, ...]()
        inside = self._try()
        self.separate, self.hidden = inside.separate_kernel, inside.with_truth
        if not self.separate:  # threads of a separate kernel would count too
            self.processes = limits.threads + 2 * MORE_THREADS
        self._chosen = LEVELS["sealed" if inside.landlock else "filtered"]
        if self.separate and os.getuid():
            raise IsolationError(
                f"the runtime {runtime!r} has a separate kernel, which needs a referee that runs "
                "as root, so that the run is another user than its supervisor; run the referee as "
                "root, or leave folders.runtime out"
            )

    def _try(self) -> Inside:
        """What a container has: a container describes itself."""
        what = f"the container (image {self.image or 'none'}, runtime {self.runtime or 'default'})"
        place, handle = make_folder()
        try:
            name, user = _new_name(), _new_user()
            place.chmod(0o755)
            command = [
                *self._options(str(place), name, "trial", user),
                *self._mounts(str(place), ()),
                *self._program_in(str(place), DESCRIBE),
            ]
            return try_container(command, what, _remove(name))
        finally:
            remove_folder(place, handle)

    def _start(self, order: FolderOrder, descriptors: Sequence[int]) -> RunningContainer:
        user = _new_user()
        work = Path(order.place) / order.work
        for name in WRITABLE:
            (work / name).mkdir()
            if user is not None:
                os.chown(work / name, user, user)
        name = _new_name()
        orders, answers, prints = descriptors
        places = ((orders, ORDERS), (answers, REPORTS), (prints, PRINTS))
        actions = [(os.POSIX_SPAWN_DUP2, one, target) for one, target in places]
        # Podman's monitor may write an empty file `oom` into its working folder.
        command = ["env", f"--chdir={order.place}", *self.command(order, name, user)]
        child = os.posix_spawnp(command[0], command, dict(os.environ), file_actions=actions)
        if not self.separate:
            return RunningContainer(child, _remove(name))
        number = Path(order.place) / NUMBER
        return MeasuredContainer(child, _remove(name), number, self.limits)

    def _order(self, *given: object) -> FolderOrder:
        # The container has the namespaces.
        order = super()._order(*given)  # type: ignore[arg-type]
        limits = order.limits
        if self.separate:  # its clock is not exact; the meter counts
            never = math.ceil(limits.seconds) * (limits.threads + MORE_THREADS)
            limits = limits.model_copy(update={"cpu": never})
        return replace(
            order, limits=limits, own_network=False, own_processes=False, other_user=self.separate
        )

    def command(self, order: FolderOrder, name: str, user: int | None) -> list[str]:
        """The command line of a container.

        Args:
            order: what runs in the container.
            name: name of the container.
            user: number of the user in the container; None for the user who starts it.
        """
        work = f"{order.place}/{order.work}"
        mounts = [f"--volume={work}:{work}:ro"]
        mounts += [f"--volume={work}/{one}:{work}/{one}:rw" for one in WRITABLE]
        return [
            *self._options(order.place, name, order.host, 0 if self.separate else user),
            *self._mounts(order.place, order.models),
            *mounts,
            *self._program_in(order.place, RUN, str(bool(self.python))),
        ]

    def _options(self, place: str, name: str, host: str, user: int | None) -> list[str]:
        """The start of the command line: what the container must not do."""
        limits = self.limits
        runtime = ["--runtime", self.runtime] if self.runtime else []
        if Path(self.runtime).name == GVISOR:
            runtime += ["--runtime-flag", "network=none"]  # otherwise it may refuse Podman's own
        given = {
            "name": name,
            "hostname": host,
            "pidfile": f"{place}/{NUMBER}",
            "workdir": "/",
            "network": "none",
            "cap-drop": "all",
            "security-opt": "no-new-privileges",
            "memory": f"{limits.memory_mb + OWN_MEMORY}m",
            "memory-swap": f"{limits.memory_mb + OWN_MEMORY}m",
            "cpus": limits.threads,
            "pids-limit": self.processes,
            "read-only-tmpfs": "false",
            "log-driver": "passthrough",
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
        options += [f"--cap-add={one}" for one in SUPERVISING * (user == 0)]
        return [PODMAN, *runtime, "run", "--rm", "-i", "--read-only", *options]

    def _mounts(self, place: str, models: Sequence[str]) -> list[str]:
        """Read-only mounts, and empty folders over data with truth."""
        own = [] if self.image else _files_of_python()
        options = [f"--volume={one}:{one}:ro" for one in dict.fromkeys([*own, *models])]
        truth = self.hidden if self.image else [str(one) for one in data_with_truth()]
        hidden = (*truth, SHARED_MEMORY)  # which the quota would not count
        return options + [f"--tmpfs={one}:ro,size=4k,notmpcopyup" for one in hidden]

    def _program_in(self, place: str, program: str, *given: str) -> list[str]:
        """The end of the command line: the files of the container, and what runs in it."""
        if not self.image:
            (Path(place) / "rootfs").mkdir(mode=0o755, exist_ok=True)
        files = [self.image] if self.image else ["--rootfs", f"{place}/rootfs"]
        python = self._program or ("python3" if self.image else sys.executable)
        return [*files, python, "-s", "-P", "-B", "-c", program, *given]


def _files_of_python() -> list[str]:
    """Folders of this machine's Python, its packages and truing; without folders in others."""
    installed = [one for one in sys.path if Path(one).name in INSTALLED]
    found = [*SYSTEM, sys.base_prefix, sys.prefix, *installed, str(TRUING)]
    places = sorted({Path(one) for one in found if Path(one).exists()})
    inner = {one for one in places for other in places if one != other and other in one.parents}
    return [str(one) for one in places if one not in inner]


def _new_name() -> str:
    return f"truing-{secrets.token_hex(8)}"


def _new_user() -> int | None:
    """Number of a user who owns nothing; None if this process cannot become another user."""
    return FIRST_UNUSED_USER + secrets.randbelow(1 << 29) if os.getuid() == 0 else None


def _remove(name: str) -> list[str]:
    """The command line that ends and removes a container."""
    return [PODMAN, "rm", "--force", "--ignore", "--time", "0", name]
