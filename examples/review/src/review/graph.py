"""A text that two reviewers send back until both are content, or patience ends."""

from __future__ import annotations

from dataclasses import dataclass

from salt_sdk import Workflow, task


@dataclass
class Text:
    words: list[str]
    version: int


@dataclass
class Verdict:
    """What the reviewers say together."""

    text: Text
    objections: list[str]


class Review(Workflow):
    """Draft, review side by side, revise and review again, publish."""

    topic: str = "salt"
    most_words: int = 12
    patience: int = 8

    @task(retries=2)
    def draft(self) -> Text:
        sentence = "Very very good {0} is what the very best of all dishes are really made of"
        return Text([*sentence.format(self.topic).split(), self.topic], 1)

    @task
    def style(self, text: Text) -> Verdict:
        fillers = {"very", "really"}
        found = [word for word in text.words if word.lower() in fillers]
        return Verdict(text, [f"filler: {word}" for word in found[:1]])

    @task
    def length(self, text: Text) -> Verdict:
        over = len(text.words) - self.most_words
        return Verdict(text, [f"too long by {over}"] if over > 0 else [])

    @task
    def judge(self, style: Verdict, length: Verdict) -> Verdict:
        verdict = Verdict(style.text, style.objections + length.objections)
        print(f"version {verdict.text.version}: {'; '.join(verdict.objections) or 'content'}")
        return verdict

    @task
    def revise(self, verdict: Verdict) -> Text:
        words = list(verdict.text.words)
        fillers = [o.removeprefix("filler: ") for o in verdict.objections if o.startswith("filler")]
        if fillers:
            words.remove(fillers[0])
        else:
            words.pop()
        return Text(words, verdict.text.version + 1)

    @task
    def publish(self, verdict: Verdict) -> str:
        return f"Version {verdict.text.version}: {' '.join(verdict.text.words)}."

    @task
    def give_up(self, verdict: Verdict) -> str:
        return f"Not after {verdict.text.version} versions: {'; '.join(verdict.objections)}."

    def graph(self) -> None:
        self.draft >> [self.style, self.length] >> self.judge
        self.judge.when(self.goes_on) >> self.revise >> [self.style, self.length]  # leads back
        self.judge.when(self.is_lost) >> self.give_up
        self.judge.otherwise() >> self.publish

    def goes_on(self, verdict: Verdict) -> bool:
        return bool(verdict.objections) and verdict.text.version < self.patience

    def is_lost(self, verdict: Verdict) -> bool:
        return bool(verdict.objections) and not self.goes_on(verdict)


if __name__ == "__main__":
    Review.cli()
