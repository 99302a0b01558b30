"""The conversation: asks what is open, judges each answer at once, goes back, and changes what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from binder_deploy.cli.wizard import summary
from binder_deploy.cli.wizard.answers import Answer, Answers, Origin, values, walk
from binder_deploy.cli.wizard.detect import detect
from binder_deploy.cli.wizard.front import Back, Front
from binder_deploy.cli.wizard.judge import judge, judge_all
from binder_deploy.cli.wizard.offers.look_up import Lists
from binder_deploy.cli.wizard.question import Kind, Option, Question
from binder_deploy.cli.wizard.questions import BY_NAME
from binder_deploy.settings.errors import Problem, SettingsError
from binder_deploy.settings.secrets import SecretRef, resolve

OTHER = "something else"
_YES_NO = (Option("yes"), Option("no"))
_PERSONAL = (Origin.ASKED, Origin.DETECTED, Origin.DEFAULT)
_WRITE, _CHANGE, _STOP = "write", "change", "stop"


class Conversation:
    """One person, one folder. `answers` are what is known so far; `keep` is told after each answer."""

    def __init__(self, front: Front, folder: Path, answers: Answers, keep: Callable[[Answers], None]) -> None:
        self._front, self._folder, self._keep = front, folder, keep
        self._lists = Lists(folder, lambda text: front.say(f"  {text}", "dim"))
        self.answers: dict[str, Answer] = dict(answers)
        self._judged: set[str] = set()
        self._asked = [q.name for q, _ in walk(answers) if q.name in answers and answers[q.name].origin in _PERSONAL]
        """In the order in which one goes back."""
        self._before: dict[str, str] = {}
        """Answers that were taken back: what is suggested when the question comes again."""
        self._refused: set[str] = set()
        """Questions whose answer was wrong: no default may take its place."""
        self._explained = ""
        self._noted: set[str] = set()

    def hold(self, *, confirm: bool) -> bool:
        """Ask until everything is answered and agreed to. False: the person stops here. Raises `KeyboardInterrupt`."""
        while True:
            self._ask_what_is_open()
            if not confirm:
                summary.show(self._front, self.answers, self._folder)
                return True
            match self._agree():
                case "write":
                    return True
                case "stop":
                    return False

    def _ask_what_is_open(self) -> None:
        while True:
            for question in self._open():
                try:
                    self._take(question, self.answers.get(question.name) or self._ask(question))
                except Back:
                    self._go_back()
                break
            else:
                if not (problems := judge_all(self.answers, self._folder).errors):
                    return
                self._reopen(problems)

    def _open(self) -> Iterator[Question]:
        """Questions that are not answered, or whose answer nobody has looked at yet, in their order."""
        for question, answer in walk(self.answers):
            new = question.name in self.answers and question.name not in self._judged
            if answer is None or new or question.name in self._refused:
                yield question

    def _take(self, question: Question, answer: Answer) -> None:
        """Keep an answer if it is a good one; else say why not, and leave the question open."""
        found = judge(question, answer.value, self.answers, self._folder)
        if found.errors:
            for problem in found.errors:
                self._front.say(f"  {_told(problem)}", "error")
            earlier = self.answers.pop(question.name, None)
            if earlier:  # it was right once, with other answers before it
                self._before.pop(question.name, None)
            elif question.kind is not Kind.SECRET:  # it may be the secret itself
                self._before[question.name] = answer.value
            self._refused.add(question.name)
            return
        self.answers[question.name] = answer
        self._judged.add(question.name)
        self._refused.discard(question.name)
        if answer.origin in _PERSONAL and question.name not in self._asked:
            self._asked.append(question.name)
        for warning in found.warnings:
            self._front.say(f"  Mind: {warning}", "warning")
        if question.kind is Kind.SECRET and answer.value:
            self._look_for_secret(question, answer.value)
        self._keep(self.answers)

    def _look_for_secret(self, question: Question, reference: str) -> None:
        try:
            resolve(SecretRef.parse(reference), question.path, self._folder)
        except SettingsError as error:
            self._front.say(f"  Not there yet: {error.problems[0].remedy}.", "warning")

    def _ask(self, question: Question) -> Answer:
        """Raises `Back`."""
        given = values(self.answers)
        detected, default = detect(question.detected, given, self._folder), question.default(given)
        suggested = self._before.get(question.name) or detected or default
        if question.name != self._explained:  # not again when it was answered wrongly: what is wrong stands there
            self._front.say("")
            self._front.say(f"  {question.why}", "dim")
            self._explained = question.name
        value = self._put(question, suggested)
        if value and value == default:
            return Answer(value, Origin.DEFAULT)
        return Answer(value, Origin.DETECTED if value and value == detected else Origin.ASKED)

    def _put(self, question: Question, suggested: str) -> str:
        given = values(self.answers)
        if question.kind in (Kind.CHOICE, Kind.YES_NO):
            options = question.options(given) if question.kind is Kind.CHOICE else _YES_NO
            return self._front.choose(question.title, options, suggested)
        offers = self._lists.get(question.offers, given)
        if offers.note and offers.note not in self._noted:
            self._front.say(f"  {offers.note}", "warning")
            self._noted.add(offers.note)
        if offers.options:
            options = (*offers.options, Option(OTHER, "to be typed"))
            chosen = self._front.choose(question.title, options, suggested)
            if chosen != OTHER:
                return chosen
        return self._front.text(question.title, suggested)

    def _go_back(self) -> None:
        if not self._asked:
            self._front.say("  This is the first question.", "dim")
            return
        self._take_back(self._asked[-1])

    def _take_back(self, name: str) -> None:
        """Open a question again, and have every later answer looked at anew."""
        if answer := self.answers.pop(name, None):
            self._before[name] = answer.value
        if name in self._asked:
            self._asked.remove(name)
        order = list(BY_NAME)
        self._judged -= set(order[order.index(name) :])

    def _reopen(self, problems: tuple[Problem, ...]) -> None:
        """Answers that are well one by one may not go together: open those that the problems name, or the last one."""
        for problem in problems:
            self._front.say(f"  {problem}", "error")
        paths = {problem.path for problem in problems}
        named = [question.name for question, _ in walk(self.answers) if question.path in paths]
        opened = [name for name in named if name in self.answers] or self._asked[-1:]
        if not opened:  # everything was said by flags: there is no question to come back to
            raise SettingsError(problems)
        for name in opened:
            self._take_back(name)
            self._refused.add(name)

    def _agree(self) -> str:
        self._front.say("")
        self._front.say("  These are the settings, and where each is from:", "bold")
        summary.show(self._front, self.answers, self._folder)
        self._front.say("")
        options = (
            Option(_WRITE, "the settings file"),
            Option(_CHANGE, "one of the answers"),
            Option(_STOP, "here; the answers are kept"),
        )
        try:
            chosen = self._front.choose("What next", options, _WRITE)
            if chosen == _CHANGE:
                known = [Option(q.name, a.value) for q, a in walk(self.answers) if a]
                self._change(BY_NAME[self._front.choose("Change", known, known[0].value)])
            return chosen
        except Back:
            self._go_back()
            return _CHANGE

    def _change(self, question: Question) -> None:
        earlier = self.answers.get(question.name)
        self._take_back(question.name)
        self._explained = ""
        try:
            while question.name not in self.answers:
                self._take(question, self._ask(question))
        except Back:
            self._refused.discard(question.name)
            if earlier:
                self.answers[question.name] = earlier


def _told(problem: Problem) -> str:
    """A problem without its setting's path: what is asked is on the screen."""
    told = f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message
    return f"{told[:1].upper()}{told[1:]}."
