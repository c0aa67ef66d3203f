"""Base: the checkpoint from which an exported model starts, as another machine can find it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from truing.students.transformer import Checkpoint

IN_GGUF = "os.path.dirname(CHECKPOINT), gguf_file=os.path.basename(CHECKPOINT)"
LOCAL = re.compile(r"""(?:(?<=hf/)|(?<![\w.~/-]))~?/(?:[^\s,'"/]+/)+""")
"""Folders of an absolute path, in a specification too: `hf//home/me/models/small`."""


def without_folders(text: str) -> str:
    """A text with absolute paths of this machine cut to their last part, for publication.

    Examples:
        >>> from truing.exports._base import without_folders
        >>> without_folders("truing w2s --strong hf//home/me/models/small@layer-3")
        'truing w2s --strong hf/small@layer-3'
    """
    return LOCAL.sub("", text)


@dataclass(frozen=True)
class Base:
    """A checkpoint that an exported folder refers to, and does not contain.

    Attributes:
        checkpoint: the checkpoint.
    """

    checkpoint: Checkpoint

    @property
    def on_hub(self) -> bool:
        """Whether the checkpoint is a hub id."""
        return not Path(self.checkpoint.name).expanduser().exists()

    @property
    def name(self) -> str:
        """Hub id, or the last part of a local path."""
        name = self.checkpoint.name
        return name if self.on_hub else Path(name).expanduser().absolute().name

    @property
    def revision(self) -> str | None:
        """Commit of a hub id; None for a local checkpoint."""
        return Path(self.checkpoint.path).name if self.on_hub else None

    @property
    def in_gguf(self) -> bool:
        """Whether the checkpoint is a GGUF file."""
        return self.name.endswith(".gguf")

    def lines(self, auto: str) -> tuple[str, str]:
        """Python lines that name the checkpoint, and that load it as a class of transformers."""
        if self.on_hub:
            named = f'CHECKPOINT = "{self.name}"'
            given = f'CHECKPOINT, revision="{self.revision}"'
        elif self.in_gguf:
            named = f'CHECKPOINT = "{self.name}"  # a local file: write its path'
            given = IN_GGUF
        else:
            named = f'CHECKPOINT = "{self.name}"  # a local folder: write its path'
            given = "CHECKPOINT"
        return named, f"model = {auto}.from_pretrained(\n    {given}, dtype=torch.float32\n)"

    def found_here(self, code: str) -> str:
        """Code with the lines of `lines`, changed to load the checkpoint from this machine.

        Of a GGUF file the converted copy is loaded, because transformers takes minutes to convert.
        """
        named, _ = self.lines("AutoModel")
        code = code.replace(named, f"CHECKPOINT = {self.checkpoint.path!r}")
        return code.replace(f', revision="{self.revision}"', "").replace(IN_GGUF, "CHECKPOINT")
