from __future__ import annotations

import ast
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.benchmarks.hierarchy.formulas import NOTATIONS, Formula, two_decimals
from benchwright.benchmarks.hierarchy.generated import generated
from benchwright.benchmarks.hierarchy.trees import (
    Tree,
    added,
    grown,
    grown_binary,
    mirrored,
    removed,
    renamed,
)
from benchwright.scorers._hierarchy import MEANINGS

seeds = st.integers(0, 10**6).map(random.Random)


@pytest.fixture(scope="module")
def made():
    return list(generated(0))


def test_a_seed_gives_the_same_questions_and_another_gives_others(made) -> None:
    assert list(generated(0)) == made
    assert next(generated(1)).text != made[0].text


def test_every_question_is_asked_once_and_every_answer_has_its_kind(made) -> None:
    assert len({sample.text for sample in made}) == len({sample.id for sample in made}) == len(made)
    assert all(MEANINGS[s.metadata["kind"]](s.target) is not None for s in made)


def test_answers_yes_and_no_are_both_asked_for(made) -> None:
    for task in ("leaf", "isomorphism", "balance", "relation", "equivalence"):
        answers = [s.target for s in made if s.tags["task"] == task]
        assert 0.35 <= answers.count("true") / len(answers) <= 0.65


def test_formulas_in_questions_have_the_value_that_python_gives(made) -> None:
    asked = [s for s in made if s.tags["task"] == "compute" and s.tags["representation"] == "infix"]
    for sample in asked:
        written = sample.text.split("notation: ")[1].split("\n")[0]
        tree = ast.parse(written, mode="eval")
        assert two_decimals(_value(tree.body)) == sample.target


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(node.value)
    assert isinstance(node, ast.BinOp)
    one, other = _value(node.left), _value(node.right)
    return {
        ast.Add: lambda: one + other,
        ast.Sub: lambda: one - other,
        ast.Mult: lambda: one * other,
        ast.Div: lambda: one / other,
    }[type(node.op)]()


@given(seeds, st.integers(2, 30))
def test_drawing_and_edges_of_a_tree_mean_the_same_tree(draw, size) -> None:
    tree = grown(draw, size, 4)
    root, edges = MEANINGS["drawing"](tree.drawing())
    assert root == str(tree.root)
    assert edges == MEANINGS["edges"](tree.edges())


@given(seeds, st.integers(2, 25))
def test_a_renamed_tree_is_isomorphic_and_one_more_leaf_is_not(draw, size) -> None:
    tree = grown(draw, size, 3)
    other = renamed(draw, tree)
    assert other.shape() == tree.shape()
    assert sorted(other.nodes()) == sorted(tree.nodes())
    assert added(tree, tree.root, size).shape() != tree.shape()


@given(seeds, st.integers(3, 25))
def test_removing_what_was_added_gives_the_tree_back(draw, size) -> None:
    tree = grown(draw, size, 3)
    parent = draw.choice(tree.nodes())
    assert removed(added(tree, parent, size), size) == tree


@given(seeds, st.integers(2, 25), st.booleans())
def test_mirroring_twice_changes_nothing_and_reverses_the_inorder(draw, size, balanced) -> None:
    tree = grown_binary(draw, size, balanced=balanced)
    assert mirrored(mirrored(tree)) == tree
    assert mirrored(tree).visited("inorder") == tree.visited("inorder")[::-1]
    assert tree.visited("preorder")[0] == tree.visited("postorder")[-1] == tree.root
    if balanced:
        assert tree.balanced()


def test_the_depth_asked_for_is_counted_from_the_root(made) -> None:
    tree = Tree(7, {7: (1, 2), 1: (3,), 2: (), 3: ()})
    assert len(tree.path(3)) == 3
    assert tree.height(3) == 1


@settings(max_examples=40)
@given(seeds, st.integers(2, 8))
def test_all_notations_of_a_formula_mean_the_same(draw, numbers) -> None:
    def grow(count: int) -> Formula:
        if count == 1:
            return Formula(str(draw.randint(1, 9)))
        left = draw.randint(1, count - 1)
        return Formula(draw.choice("+-*/"), grow(left), grow(count - left))

    formula = grow(numbers)
    meanings = {MEANINGS["formula"](formula.written(notation)) for notation in NOTATIONS}
    assert len(meanings) == 1
    assert None not in meanings
