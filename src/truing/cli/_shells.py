"""Completion of specifications, whose commas, colons and equals signs have meanings in shells.

Bash splits words at `:`, `=` and `@`. Click's script for Fish cuts values at a comma, and its
script for Zsh adds a space after `confidence,alpha_max=`.
"""

from __future__ import annotations

import os
import re

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)
from click.shell_completion import split_arg_string as split_words

SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response type value

    response=$(env COMP_LINE="${COMP_LINE:0:$COMP_POINT}" %(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
            [[ $value == *[:=/-] ]] && compopt -o nospace
        fi
    done
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

ADD_IN_ZSH = "compadd -U -V unsorted -a completions"
ADD_WITHOUT_SPACE = """\
local -a unfinished=(${(M)completions:#*[:=/-]})
        local -a finished=(${completions:#*[:=/-]})
        [ -n "$unfinished" ] && compadd -U -V unsorted -S '' -a unfinished
        [ -n "$finished" ] && compadd -U -V unsorted -a finished"""


class SpecificationBash(BashComplete):
    """Completes whole specifications: the shell replaces only the part after `:`, `=` or `@`."""

    name = "bash"
    source_template = SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_LINE"]
        words = split_words(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        typed = self.get_completion_args()[1]
        known = re.match(r".*[:=@]", typed)
        value = item.value.removeprefix(known[0]) if known else item.value
        return f"{item.type},{value}"


class SpecificationZsh(ZshComplete):
    """Adds no space after a value that is unfinished: `confidence,alpha_max=`."""

    name = "zsh"
    source_template = ZshComplete.source_template.replace(ADD_IN_ZSH, ADD_WITHOUT_SPACE)


class SpecificationFish(FishComplete):
    """Splits a line of the answer at its first comma only."""

    name = "fish"
    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def add_shells() -> None:
    """Register the completions in place of click's."""
    for one in (SpecificationBash, SpecificationZsh, SpecificationFish):
        add_completion_class(one)
