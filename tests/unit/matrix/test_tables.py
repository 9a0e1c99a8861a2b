"""The matrix's tables: the same rows for a page and for text."""

from __future__ import annotations

from tests.support.finished import judged
from workflows.compare.close_look import Closer, Distance, Growth, Located, Rerun, relative, ulp
from workflows.compare.difference import Difference
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.tables import closer_table, kept_tables, verdict_tables
from workflows.matrix.variations import Kept


def elsewhere(cell: Cell) -> Cell:
    """Return the same cell on the other device."""
    return cell.model_copy(update={"device": "cuda"})


def test_a_row_for_each_configuration_and_a_column_for_each_place() -> None:
    cells = [cell for cell in judged().cells if cell.variation == "baseline"]
    (table,) = verdict_tables([*cells, elsewhere(cells[0])])
    heads, rows = table.drawn
    assert heads[1:] == [
        "CPU build on CPU",
        "CPU build on GPU",
        "first difference",
        "against published",
    ]
    assert [row.configuration for row in table.rows] == [row[0] for row in rows]
    assert [len(row.cells) for row in table.rows] == [2] * len(rows)
    for row, words in zip(table.rows, rows, strict=True):
        found = row.cells[0]
        assert found is not None
        assert words[1] == f"{found.verdict} {' '.join(dict.fromkeys(found.classes))}"
        assert words[2] == (words[1] if row.cells[1] else ""), "where it was not run nothing stands"
    assert sum(row.cells[1] is not None for row in table.rows) == 1


def test_a_benchmark_with_variations_alone_has_no_verdict_table() -> None:
    cells = [cell.model_copy(update={"variation": "threads-2"}) for cell in judged().cells]
    assert verdict_tables(cells) == []


def test_a_place_where_nothing_could_run_is_one_line_below() -> None:
    cells = [cell for cell in judged().cells if cell.variation == "baseline"]
    change = {"device": "cuda", "verdict": "not-run", "reason": "no driver"}
    idle = [cell.model_copy(update=change) for cell in cells]
    (table,) = verdict_tables([*cells, *idle])
    assert table.places == [("cpu", "cpu")] and len(table.rows[0].cells) == 1
    assert table.absent == ["not run: CPU build on GPU: no driver"]
    (nowhere,) = verdict_tables(idle)
    assert nowhere.places == [("cpu", "cuda")] and not nowhere.absent, "else there is no table"
    (mixed,) = verdict_tables([*cells, *idle[:-1], elsewhere(cells[-1])])
    assert len(mixed.places) == 2 and not mixed.absent, "one that ran keeps the column"


def kept(configuration: str, variation: str, answer: str, **more: object) -> Kept:
    place = {"environment": "cpu", "device": "cpu", "benchmark": "toy"}
    sides = {
        side: Combination(**place, configuration=configuration, variation=name)
        for side, name in (("baseline", "baseline"), ("varied", variation))
    }
    fields = {"steps": 9, "repeats": 2, "first_difference": None, "reason": None}
    named = {**place, "configuration": configuration, "variation": variation, "answer": answer}
    return Kept.model_validate({**named, **fields, **sides, **more})


def test_variations_and_environments_have_tables_of_their_own() -> None:
    lost = Difference(phase="loss", step=3)
    found = [
        kept("strict", "environment older", "kept"),
        kept("seeded", "threads-2", "lost", first_difference=lost),
        kept("strict", "threads-2", "kept", reason="it had one thread"),
        kept("strict", "locale", "kept"),
    ]
    variations, environments = kept_tables(found)
    assert variations.heading == "toy, cpu on cpu: which variations keep the letter"
    assert variations.drawn == (
        ["variation", "steps", "seeded", "strict"],
        [
            ["threads-2", "9", "lost: loss at step 3", "kept, overridden"],
            ["locale", "9", "", "kept"],
        ],
    )
    assert environments.heading == "toy on cpu: which environments agree with the first"
    assert environments.rows[0].cells == [found[0]]


def test_a_close_look_is_told_by_its_tensors_else_by_its_traces() -> None:
    traced, named = (Difference(phase="weights", step=2, tensor=name) for name in (None, "w"))
    size = Distance(elements=4, differing=1, ulp=7, relative=0.125)
    plain = Closer(
        left="a", right="b", difference=traced, losses=[Growth(later=10, step=12, loss=size)]
    )
    closely = plain.model_copy(
        update={
            "located": Located(place=named, size=size, differing=1, tensors=1),
            "growth": [Growth(later=1, step=3, loss=size)],
            "rerun": Rerun(outcome="shown again at the same place"),
        }
    )
    _, rows = closer_table({"plain": plain, "closely": closely})
    assert rows == [
        ["plain", str(traced), "", "", "", "1e-01", "", "", "from the records"],
        [
            "closely",
            str(named),
            "7",
            "1.2e-01",
            "1e-01",
            "",
            "",
            "",
            "shown again at the same place",
        ],
    ]
    unknown = Distance(elements=4, differing=1)
    assert (ulp(unknown), relative(unknown), ulp(None), relative(None)) == ("", "", "", "")
