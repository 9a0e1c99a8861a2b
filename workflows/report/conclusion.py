"""The matrix in one paragraph: what reproduces, with what, and how far it carries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workflows.experiment.catalogue import Variation
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.variations import Kept

TITLES = {"toy": "the toy", "cifar10": "CIFAR-10"}
CAPS = {"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"}
"""Variables that cap what a processor offers: a variation that sets one stands for a processor."""

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def joined(words: Iterable[str], last: str = "and") -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    *front, end = words
    return f"{', '.join(front)} {last} {end}" if front else end


def counted(number: int, noun: str) -> str:
    """Return `one line`, `four lines`, `13 lines`."""
    word = SMALL[number] if number < len(SMALL) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def title(benchmark: str) -> str:
    """Return what a sentence calls a benchmark."""
    return TITLES.get(benchmark, benchmark)


def paragraph(
    matrix: Matrix,
    configurations: Mapping[str, list[str]],
    variations: Mapping[str, Variation],
) -> str:
    """Return the conclusion; `configurations` and `variations` as the experiment has them."""
    if matrix.validity == "invalid":
        return (
            "Nothing can be concluded: a bit was flipped on purpose and the comparison missed it."
        )
    sentences = [
        sentence
        for device in dict.fromkeys(cell.device for cell in matrix.cells)
        for sentence in of_device(matrix, device, configurations)
    ]
    steady = [c.configuration for c in matrix.cells if plain(c)]
    if hardware := processors(matrix.kept, variations, steady):
        sentences.append(hardware)
    failed = sum(cell.verdict == "failed" for cell in matrix.cells)
    if failed:
        verb = "fails" if failed == 1 else "fail"
        sentences.append(f"{counted(failed, 'cell').capitalize()} {verb}: see the notes.")
    return " ".join(sentences) or "Nothing could run on this machine."


def plain(cell: Cell) -> bool:
    """Say whether a cell repeats, on a CPU, with nothing varied."""
    return (cell.device, cell.variation, cell.verdict) == ("cpu", "baseline", "identical")


def of_device(matrix: Matrix, device: str, configurations: Mapping[str, list[str]]) -> list[str]:
    """Say what it takes to reproduce on one device, and whether its environments agree."""
    cells = [c for c in matrix.cells if c.device == device and c.variation == "baseline"]
    ran = [cell for cell in cells if cell.verdict != "not-run"]
    if not ran:
        reason = next((cell.reason for cell in cells if cell.reason), None)
        return [f"Nothing ran on {device}: {reason}."] if reason else []
    ways: dict[str | None, list[str]] = {}
    for benchmark in dict.fromkeys(cell.benchmark for cell in ran):
        of_it = [cell for cell in ran if cell.benchmark == benchmark]
        ways.setdefault(fewest(of_it, configurations), []).append(benchmark)
    sentences = [way(matrix, device, name, found, configurations) for name, found in ways.items()]
    return [*sentences, *agreement(ran, device)]


def fewest(cells: list[Cell], configurations: Mapping[str, list[str]]) -> str | None:
    """Return the configuration with the fewest settings whose every cell is identical."""
    identical = [
        name
        for name in configurations
        if (row := [cell for cell in cells if cell.configuration == name])
        and all(cell.verdict == "identical" for cell in row)
    ]
    return min(identical, key=lambda name: len(configurations[name]), default=None)


def way(
    matrix: Matrix,
    device: str,
    configuration: str | None,
    benchmarks: list[str],
    configurations: Mapping[str, list[str]],
) -> str:
    """Say in one sentence which settings make benchmarks reproduce, or that none here does."""
    who = joined(map(title, benchmarks))
    verb = "reproduces" if len(benchmarks) == 1 else "reproduce"
    if configuration is None:
        return f"On {device} no configuration tried makes {who} reproduce bit for bit."
    settings = configurations[configuration]
    row = [
        cell
        for cell in matrix.cells
        if (cell.device, cell.configuration, cell.variation) == (device, configuration, "baseline")
        and cell.benchmark in benchmarks
        and cell.verdict == "identical"
    ]
    repeats = [next(c.repeats for c in row if c.benchmark == name) for name in benchmarks]
    runs = joined(map(str, dict.fromkeys(repeats)))
    if not settings:
        return f"On {device} {who} {verb} bit for bit with no setting at all ({runs} runs each)."
    lines = f"{counted(len(settings), 'setting')} ({', '.join(settings)})"
    if len(settings) > 4:
        lines = counted(len(settings), "setting")
    makes = "makes" if len(settings) == 1 else "make"
    verb = verb.removesuffix("s")
    return (
        f"On {device} {lines}, the configuration “{configuration}”, {makes} {who} {verb} "
        f"bit for bit ({runs} runs each)."
    )


def agreement(cells: list[Cell], device: str) -> list[str]:
    """Say whether environments give each other's bits wherever their repeats are identical."""
    environments = list(dict.fromkeys(cell.environment for cell in cells))
    if not (steady := across_environments(cells)):
        return []
    apart = [
        f"{title(benchmark)} under “{configuration}”"
        for (_, benchmark, configuration), group in steady.items()
        if len(letters(group)) > 1
    ]
    names = joined(environments)
    if not apart:
        return [f"There the environments {names} agree with each other in every bit."]
    if all(len(letters(group)) == len(group) for group in steady.values()):
        return [f"There the environments {names} repeat, but never agree with each other."]
    return [f"There the environments {names} disagree on {joined(apart)}."]


def across_environments(cells: Iterable[Cell]) -> dict[tuple[str, str, str], list[Cell]]:
    """Return, by device, benchmark and configuration, what is identical in several environments."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        if cell.verdict != "not-run":
            key = (cell.device, cell.benchmark, cell.configuration)
            groups.setdefault(key, []).append(cell)
    return {
        key: group
        for key, group in groups.items()
        if len(group) > 1 and all(cell.verdict == "identical" for cell in group)
    }


def letters(cells: Iterable[Cell]) -> set[str]:
    """Return the letters of some cells."""
    return {letter for cell in cells for letter in cell.classes}


def processors(
    kept: list[Kept], variations: Mapping[str, Variation], steady: Iterable[str] = ()
) -> str | None:
    """Say which of the configurations that were tried keep their bits across processors.

    `steady`: those that repeat; of one that was not tried on another processor it is said.
    """
    found = across_processors(kept, variations)
    if not found:
        return None
    keep = [name for name, keeps in found.items() if keeps]
    if len(keep) == len(found):
        said = f"Across CPU instruction sets {quoted(keep)} kept every bit"
    elif keep:
        verb = "keeps its bits" if len(keep) == 1 else "keep their bits"
        said = f"Of {quoted(found)}, tried across CPU instruction sets, only {quoted(keep)} {verb}"
    else:
        verb = "loses its bits" if len(found) == 1 else "lose their bits"
        said = f"Across CPU instruction sets {quoted(found)} {verb}"
    left = [name for name in dict.fromkeys(steady) if name not in found]
    verb = "was" if len(left) == 1 else "were"
    return f"{said}; {quoted(left)} {verb} not tried." if left else f"{said}."


def across_processors(kept: list[Kept], variations: Mapping[str, Variation]) -> dict[str, bool]:
    """Return whether each configuration keeps its bits on other processors and capped ones.

    None is named for which nothing was tried, or all that was tried was refused or failed.
    """
    hardware = {
        name
        for name, variation in variations.items()
        if variation.conditions.cpu or CAPS & set(variation.conditions.variables)
    }
    answers: dict[str, set[str]] = {}
    for each in kept:
        # With a reason the change did not reach the run: nothing was tried.
        if each.variation in hardware and not (each.answer == "kept" and each.reason):
            answers.setdefault(each.configuration, set()).add(each.answer)
    return {
        name: found <= {"kept", "not-run"}
        for name, found in answers.items()
        if found & {"kept", "lost"}
    }


def quoted(names: Iterable[str]) -> str:
    """Return configurations as a sentence has them."""
    return joined(f"“{name}”" for name in names)
