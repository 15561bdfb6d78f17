from review.graph import Review, Text, Verdict

from salt_sdk.testing import simulate


def test_it_goes_round_until_both_reviewers_are_content():
    assert Review()() == "Version 6: good salt is what the best of all dishes are made of."


def test_it_gives_up_when_patience_ends():
    assert Review(patience=2)() == "Not after 2 versions: filler: very; too long by 4."


def test_a_good_text_is_published_as_it_is():
    with simulate(replace={Review.draft: Text(["Short"], 1)}):
        assert Review()() == "Version 1: Short."


def test_a_task_is_a_method():
    text = Text(["a", "really", "b"], 1)
    review = Review(most_words=2)
    assert review.judge(review.style(text), review.length(text)).objections == [
        "filler: really",
        "too long by 1",
    ]
    assert review.revise(Verdict(text, ["too long by 1"])) == Text(["a", "really"], 2)
