"""Replay: judge a recorded transcript again; only the judge's verdicts are requested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from truing.errors import DataError
from truing.oversight._play_options import PlayOptions
from truing.oversight._transcript import TranscribedForecast, TranscribedTurn, TranscriptEntry
from truing.oversight.plays import Forecast, Host, Play, Table, mean_belief
from truing.oversight.prompts import Seat, Turn
from truing.oversight.replies import Reply, Speech
from truing.oversight.rules import Protocol, Setup, Speaker


async def replay(
    rules: Protocol,
    setup: Setup,
    recorded: tuple[Sequence[TranscriptEntry], int | None],
    host: Host,
    options: PlayOptions | None = None,
) -> Play:
    """Play with recorded speeches, questions and forecasts.

    The judge reads the recorded turns as it would read them in a new play, after each round if the
    protocol says so. The replay has the recorded number of rounds, even if another judge would have
    stopped earlier or later.

    Args:
        rules: the protocol of the recorded play.
        setup: question, order and assignment of the recorded play.
        recorded: the entries of the transcript, and the index of the answer that was argued for, in
            the order of the question set.
        host: sends the judge's requests.
        options: settings of the play.

    Raises:
        DataError: a recorded turn has a speaker that the protocol does not have.
    """
    entries, argued = recorded
    turns: dict[int, list[TranscriptEntry]] = {}
    for one in speeches_of(entries):
        turns.setdefault(one.round, []).append(one)
    shown = None if argued is None else setup.order.index(argued)
    table = _Recorded(rules, setup, host, options or PlayOptions(), recorded=turns)
    table.chosen = shown
    return await table.play()


def speeches_of(entries: Sequence[TranscriptEntry]) -> list[TranscriptEntry]:
    """Entries without the verdicts for which a judge used tools, which are no turns."""
    return [one for one in entries if one.speaker != "Judge" or one.said or one.silence]


@dataclass
class _Recorded(Table):
    """A play whose turns are recorded, by round."""

    recorded: Mapping[int, list[TranscriptEntry]] = field(default_factory=dict)
    chosen: int | None = None

    async def _choose(self) -> int | None:
        return self.chosen

    async def _round(self, number: int) -> bool:
        """Take the turns of a round; whether it is the last recorded round."""
        own = self.recorded.get(number, [])
        for one in own:
            if isinstance(one, TranscribedForecast):
                self._recall(one)
        spoken = [one for one in own if isinstance(one, TranscribedTurn)]
        self._add([one for one in spoken if one.speaker != "Judge"])
        if self.rules.judge.each_round and spoken:
            self.beliefs.append(mean_belief((await self._judge()).beliefs))
        self._add([one for one in spoken if one.speaker == "Judge"])
        return number >= max(self.recorded, default=0)

    def _recall(self, one: TranscribedForecast) -> None:
        belief = None
        if one.forecast is not None:
            belief = tuple(one.forecast[place] for place in self.setup.order)
        reply = Reply(one.reasoning, one.stop_reason, one.native_reasoning)
        self.forecasts.append(Forecast(one.round, belief, reply))
        self.scene = replace(self.scene, forecast=belief or self.scene.forecast)

    def _add(self, turns: Sequence[TranscribedTurn]) -> None:
        seats = {seat.name: seat for seat in self.scene.seats}
        made = tuple(self._turn(one, seats) for one in turns)
        self.scene = replace(self.scene, turns=(*self.scene.turns, *made))

    def _turn(self, one: TranscribedTurn, seats: Mapping[str, Seat]) -> Turn:
        if one.speaker != "Judge" and one.speaker not in seats:
            known = ", ".join(seats)
            raise DataError(f"the protocol has no speaker {one.speaker!r}; its speakers: {known}")
        judge = self.rules.judge.model
        role = judge if one.speaker == "Judge" else seats[one.speaker].speaker.model
        argues = None if one.argues is None else self.setup.order.index(one.argues)
        speech = Speech(one.said, one.reasoning, one.quotes, 0, one.silence)
        return Turn(
            one.round, one.speaker, role, argues, speech, one.stop_reason, one.native_reasoning
        )

    def _member(self, speaker: Speaker, place: int) -> int:
        return 0  # no request is sent to a speaker
