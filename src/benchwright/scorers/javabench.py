"""JavaBench, class by class: the generated class replaces its reference, and all tests are run.

Rule after ``java-bench/JavaBench``, ``evaluation.py`` (class-wise) and ``app/test_env.py``. A class
scores 1 where every test of its project holds. How far the others came stands in the answer, and
the released figures are made of it: ``complete``, ``compiled``, ``53/55``. The tests share a Java
machine with the class that they test: its verdict is that of a machine which hostile code could
forge.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.execution import Program, Ran
from benchwright.core.flow import Flow, execute
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._java import (
    first_java_block,
    java_class,
    spliced,
    spliced_as_released,
    unwritten,
)

SECONDS = 180.0
MEMORY = 3 << 30
NO_LIBRARIES = 97
NOT_COMPILED = 98

_RUNNER = """
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.Set;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

public final class BenchwrightTests {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        String word = new Scanner(System.in).nextLine();
        var request = LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(Path.of("out/test"))))
            .build();
        var listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        var seen = listener.getSummary();
        out.println();
        out.println(word + " " + seen.getTestsSucceededCount() + " " + seen.getTestsFailedCount());
        out.flush();
        Runtime.getRuntime().halt(0);
    }
}
"""

_SCRIPT = f"""
libraries=
for name in junit-jupiter-api junit-jupiter-params junit-jupiter-engine junit-platform-commons \\
    junit-platform-engine junit-platform-launcher opentest4j apiguardian-api mockito-core \\
    byte-buddy byte-buddy-agent objenesis; do
  [ -e /usr/share/java/$name.jar ] || {{ echo "$name.jar" >&2; exit {NO_LIBRARIES}; }}
  libraries=$libraries:/usr/share/java/$name.jar
done
for jar in /usr/share/java/org.jetbrains.annotations-*.jar; do libraries=$libraries:$jar; done
mkdir -p out/main out/test
compile() {{ javac -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -encoding UTF-8 -nowarn "$@"; }}
find src/main -name '*.java' > main.txt
find src/test -name '*.java' > test.txt
compile -d out/main -cp "$libraries" @main.txt || exit {NOT_COMPILED}
compile -d out/test -cp "$libraries:out/main" @test.txt BenchwrightTests.java || exit {NOT_COMPILED}
exec java -XX:+UseSerialGC -Xmx768m \\
  -Djunit.jupiter.execution.timeout.testable.method.default=2000ms \\
  -cp "$libraries:out/main:out/test:src/main/resources:src/test/resources" BenchwrightTests
"""


class JavaBench:
    """Compiles and tests the project around the generated class."""

    version = "1"
    executes: tuple[str, ...] = ("java",)

    def __init__(self, name: str, *, released: bool) -> None:
        """Take the class as ``released``: the first fence, without what it imports; or by ours."""
        self.name = name
        self._released = released

    def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
        """Score 1 where every test of the project holds with the generated class in it."""
        target, skeleton = sample.metadata["target"], sample.metadata["skeleton"]
        name = target.rpartition("/")[2].removesuffix(".java")
        if self._released:
            code = first_java_block(response.text)
            file = spliced_as_released(skeleton, code)
        else:
            code = java_class(response.text, name)
            file = spliced(skeleton, code, name)
        if not file:
            return Score(explanation="no code that declares the class")
        if left := unwritten(skeleton, code):
            return Score(
                value=0.0, answer="unwritten", explanation=f"TODO left in {', '.join(left)}"
            )
        word = hashlib.blake2b(file.encode(errors="replace"), digest_size=16).hexdigest()
        files = msgspec.json.decode(sample.metadata["project"], type=dict[str, str])
        files |= {
            f"src/main/java/{target}": file,
            "BenchwrightTests.java": _RUNNER,
            "run.sh": _SCRIPT,
        }
        ran = yield from execute(
            Program(
                language="java",
                files=files,
                command=("sh", "run.sh"),
                stdin=f"{word}\n",
                seconds=SECONDS,
                memory=MEMORY,
                processes=256,
                output=1 << 20,
            )
        )
        if ran.exit_code == NO_LIBRARIES:
            return Score(
                outcome=Outcome.UNJUDGED,
                explanation=f"{ran.stderr.strip()} is not here: apt-get install junit5 "
                "libmockito-java libjetbrains-annotations-java",
            )
        if ran.exit_code == NOT_COMPILED:
            return Score(value=0.0, answer="complete", explanation=ran.stderr[:1000])
        counted = re.search(rf"^{word} (\d+) (\d+)$", ran.stdout, re.MULTILINE)
        if not counted or counted[1] == counted[2] == "0":
            said = ran.problem or ran.ending
            return Score(
                value=0.0, answer="compiled 0/1", explanation=f"the tests did not end: {said}"
            )
        held, failed = int(counted[1]), int(counted[2])
        return Score(
            value=float(held > 0 and not failed),
            answer=f"compiled {held}/{held + failed}",
            explanation=f"{held} of {held + failed} tests hold",
        )

    def ran(self, program: Program, good: bool) -> Ran:
        """Return what the runner prints of ``program``: for tests without a Java machine."""
        return Ran(exit_code=0, stdout=f"\n{program.stdin.strip()} {int(good)} {int(not good)}\n")


SCORER = JavaBench("javabench", released=False)

_SKELETON = "package a;\n\npublic class One {\n int one() {\n // TODO\n return 0;\n }\n}\n"
_ANSWER = "```java\npublic class One {\n int one() {\n  return 2 - 1;\n }\n}\n```"

KIT = (
    Example(
        sample=Sample(
            id="kit/java",
            input=(Text(_SKELETON),),
            metadata={"target": "a/One.java", "skeleton": _SKELETON, "project": "{}"},
        ),
        right=said(_ANSWER),
        wrong=(said(f"```java\n{_SKELETON}```"), said("One. It is one."), said("")),
    ),
)
