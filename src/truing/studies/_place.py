"""Place: location of a store's entries, a folder or a URL that fsspec opens.

Both write an entry atomically: a reader sees the whole entry or none.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from truing.errors import StoreError, UserError, in_one_line, unwritable

# Protocols on which an upload is atomic. On others a file is uploaded under a temporary name first.
PUT_WHOLE = {"abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "oci", "oss", "s3", "s3a"}


class Place(Protocol):
    """Bytes under names of the form `ab/abcdef`."""

    location: str

    def has(self, name: str) -> bool:
        """Whether the entry exists."""
        ...

    def read(self, name: str) -> bytes:
        """Content of the entry; raises FileNotFoundError or StoreError."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write the entry atomically, or raise StoreError."""
        ...

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Local file that becomes the entry at the end of the block, or raise StoreError."""
        ...

    def remove(self, name: str) -> None:
        """Remove the entry if it exists, or raise StoreError."""
        ...


def find_place(location: Path | str) -> Place:
    """Open the place at a path or URL.

    Raises:
        UserError: a path that cannot be a folder, or a URL that no installed driver opens.
        StoreError: the folder cannot be written to.
    """
    text = str(location)
    if text.startswith("file://"):
        return Folder(text.removeprefix("file://"))
    return Remote(text) if "://" in text else Folder(location)


class Folder:
    """A local or shared folder."""

    def __init__(self, path: Path | str):
        self.path = Path(path).expanduser().absolute()
        self.location = str(self.path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            advice = "set TRUING_STORE to a folder that you can write to"
            raise unwritable(f"the store {self.path}", error, advice, StoreError) from error

    def has(self, name: str) -> bool:
        """Whether a file exists; raises StoreError if the folder is not readable."""
        path = self.path / name
        try:
            return path.is_file()
        except OSError as error:
            raise unreadable(path, error) from error

    def read(self, name: str) -> bytes:
        """Content of a file."""
        path = self.path / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unreadable(path, error) from error

    def write(self, name: str, content: bytes) -> None:
        """Write a file atomically."""
        with self.writing(name) as file:
            file.write(content)

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Temporary file that is moved to its name at the end of the block."""
        path = self.path / name
        try:
            path.parent.mkdir(exist_ok=True)
            with written_whole(path) as file:
                yield file
        except OSError as error:
            raise StoreError(
                f"the store {self.path} cannot be written to ({error.strerror}); free some space, "
                "or set TRUING_STORE to a folder that you can write to"
            ) from error

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.path / name} cannot be removed ({error.strerror}); remove it, or change "
                "its permissions"
            ) from error


class Remote:
    """A URL that fsspec opens: `s3://bucket/folder`, `gs://...`, `sftp://host/folder`, ..."""

    def __init__(self, url: str):
        from fsspec.core import url_to_fs

        self.location = url
        self.shown = re.sub(r"//[^/@]*@", "//", url)  # without user name and password
        try:
            self.files, root = url_to_fs(url)
        except (ImportError, ValueError) as error:  # a missing or unknown driver
            raise UserError(
                f"the store {self.shown} cannot be opened ({in_one_line(error)}); name a folder, "
                "or a URL such as s3://bucket/truing"
            ) from None
        except Exception as error:  # a driver may raise anything
            raise self._failed("reached", error) from None
        self.root = root.rstrip("/")
        named = self.files.protocol
        self.puts_whole = bool(PUT_WHOLE & {named if isinstance(named, str) else named[0]})

    def has(self, name: str) -> bool:
        """Whether a file exists."""
        try:
            return self.files.exists(self._path(name))
        except Exception as error:
            raise self._failed("reached", error) from error

    def read(self, name: str) -> bytes:
        """Content of a file."""
        try:
            return self.files.cat_file(self._path(name))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise self._failed("read", error) from error

    def write(self, name: str, content: bytes) -> None:
        """Upload a file atomically, or under a temporary name that is then moved."""
        path = self._path(name)
        try:
            if self.puts_whole:
                self.files.pipe_file(path, content)
            else:
                self._move_into(path, content)
        except Exception as error:
            raise self._failed("written to", error) from error

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Temporary file on this machine that is uploaded at the end of the block."""
        try:
            with tempfile.TemporaryFile() as file:
                yield file
                file.seek(0)
                content = file.read()
        except OSError as error:
            advice = "free some space, or set TMPDIR to a folder with more space"
            place = f"the temporary folder {tempfile.gettempdir()}"
            raise unwritable(place, error, advice, StoreError) from error
        self.write(name, content)

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            self.files.rm_file(self._path(name))
        except FileNotFoundError:
            pass
        except Exception as error:
            raise self._failed("written to", error) from error

    def _move_into(self, path: str, content: bytes) -> None:
        parent, _, name = path.rpartition("/")
        part = f"{parent}/.part-{os.urandom(8).hex()}-{name}"
        self.files.makedirs(parent, exist_ok=True)
        try:
            self.files.pipe_file(part, content)
            self.files.mv(part, path)
        except BaseException:
            with contextlib.suppress(Exception):  # the first failure is raised
                self.files.rm_file(part)
            raise

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _failed(self, how: str, error: Exception) -> StoreError:
        return StoreError(f"the store {self.shown} cannot be {how} ({in_one_line(error)})")


def unreadable(path: Path, error: OSError) -> StoreError:
    """The error of a file in a store that cannot be read."""
    return StoreError(
        f"{path} in the store cannot be read ({error.strerror}); set TRUING_STORE to a folder that "
        "you can write to, or ask its owner to make it readable"
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file atomically: to a temporary file in the same folder, which is then moved."""
    with written_whole(path) as file:
        file.write(content)


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Temporary file in the folder of a path; it is moved to the path at the end of the block."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        Path(name).chmod(0o666 & ~_umask())  # readable for all users of a shared folder
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's file mode creation mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
