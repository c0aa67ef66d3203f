"""Quotes: found when they stand in the text, in whatever dress; never when they do not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing.oversight.replies import Quotable

STORY = (
    "At dawn the keeper — old Ørsted, “the Dane” — climbed\nthe tower. He said: Don't touch the "
    "lamp! The café was shut; nobody saw the 14 gulls over the straße."
)
TEXT = Quotable(STORY)


@pytest.mark.parametrize(
    "quote",
    [
        "the keeper — old Ørsted",
        "THE KEEPER, OLD ØRSTED",
        '"the Dane" climbed the tower',
        "climbed    the\n\ttower",
        "don’t touch the lamp",
        "The cafe\u0301 was shut",  # the accent written as a mark of its own
        "the 14 gulls",
        "over the STRASSE",
        "the lamp! The café",
    ],
)
def test_case_punctuation_spacing_and_spelling_of_signs_do_not_matter(quote):
    assert TEXT.check(quote).verified


@pytest.mark.parametrize(
    "quote",
    [
        "he keeper",
        "the keep",
        "the 4 gulls",
        "the 140 gulls",
        "awn the keeper",
        "gulls over the st",
        "",
        "...",
        "the tower climbed",
        "nobody saw the lamp",
    ],
)
def test_a_quote_must_be_a_sequence_of_whole_words(quote):
    assert not TEXT.check(quote).verified


def test_a_near_miss_quotes_the_passage_literally():
    found = TEXT.check("the keeper, old Nielsen, the Dane climbed the tower")
    assert not found.verified
    assert found.nearest == "the keeper — old Ørsted, “the Dane” — climbed\nthe tower"


def test_the_nearest_passage_is_not_shifted_by_a_word():
    text = Quotable("It was Oak. The mud by the gate points to Oak. And so on.")
    assert text.check("The mud by the gate points to Fir").nearest == (
        "The mud by the gate points to Oak"
    )


@pytest.mark.parametrize("quote", ["a wholly different sentence about ships", "keeper", "gulls no"])
def test_a_distant_quote_has_no_nearest_passage(quote):
    assert not TEXT.check(quote).nearest


def test_a_quote_longer_than_the_text_is_looked_up_too():
    found = Quotable("Oak did it").check("Oak did it last night, I am told by all")
    assert (found.verified, found.nearest) == (False, "")


words = st.lists(st.text("abcäß", min_size=1, max_size=3), min_size=1, max_size=25)


@given(words, words)
def test_verification_agrees_with_a_plain_word_search(text, quote):
    def plain(word):
        return word.casefold()

    held, wanted = [plain(one) for one in text], [plain(one) for one in quote]
    stands = any(held[i : i + len(wanted)] == wanted for i in range(len(held)))
    assert Quotable(" ".join(text)).check(", ".join(quote)).verified == stands


@given(words, st.data())
def test_every_passage_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert Quotable("; ".join(text)).check(" ".join(text[start:end]).upper()).verified


MARKED = Quotable(
    "It was _very_ late. The <i>old</i> keeper&rsquo;s caf&eacute; &amp; bar was "
    "un<em>believ</em>able."
    '<p class="next">See [the lamp](https://example.org/Oak) by the <a href="/fir">gate</a>.</p>'
    "He said &ldquo;run&rdquo; to Ann\u00ada; if a < b and c > d, stop."
)


@pytest.mark.parametrize(
    "quote",
    [
        "It was very late",
        "It was <i>very</i> late",
        "It was **very** late. The _old_ keeper",
        "the old keeper's café & bar",
        "the old keeper’s café &amp; bar",
        "THE OLD KEEPER&#39;S CAF&Eacute;",
        "was unbelievable",
        "was un<b>believ</b>able. See the lamp",
        "See the lamp by the gate",
        "[the lamp](https://example.org/Oak) by",  # word for word as it stands
        'by the <a href="/fir">gate</a>',
        "said “run” to Anna",
        'said "run" to An\u200bna',
        "if a < b and c > d, stop",
    ],
)
def test_markup_does_not_matter_on_either_side(quote):
    assert MARKED.check(quote).verified


@pytest.mark.parametrize(
    "quote",
    [
        "if a d, stop",  # a comparison is no tag
        "believ",  # markup inside a word does not make it several
        "late. The keeper",
        "unbelievableSee",  # a new paragraph ends a word
        "It was v_ery_ late",
        'It was <i title="not">very</i> late',  # the judge reads the attribute
        "It was [very](Oak) late",
        "It was <not>very</not> late",
        "It was <!-- not -->very late",
        "the amp bar",
        "<i></i>",
        "&nbsp;",
    ],
)
def test_text_hidden_or_added_by_markup_is_not_accepted(quote):
    assert not MARKED.check(quote).verified


def test_the_nearest_passage_keeps_the_markup_of_the_text():
    found = MARKED.check("It was very early. The old keeper's café")
    assert found.nearest == "It was _very_ late. The <i>old</i> keeper&rsquo;s caf&eacute;"


@given(st.text("ab _*<>i/&;p=\"'", max_size=30), st.text("ab _*<>i/&;p=\"'", max_size=30))
def test_a_verified_quote_without_markup_has_its_letters_in_the_text(text, quote):
    if Quotable(text).check(quote).verified and not set("<>&") & set(quote + text):
        letters = [re.sub(r"[\W_]", "", one) for one in (quote, text)]
        assert letters[0] in letters[1]
