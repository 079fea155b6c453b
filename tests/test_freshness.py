"""Freshness: what a stage reads of code and config is found out, not listed; a change reruns no more than it must."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layers.closed_lists import Term
from layers.derived import DERIVED
from pipeline.line import LINE
from pipeline.project.config_view import Scope, UndeclaredConfigError, file_and_key, flat, view
from pipeline.project.project import Project
from pipeline.runner import code_closure, module_source
from pipeline.runner.code_closure import closure, contract, digest_of, source_of
from pipeline.runner.freshness import code_of, config_of, differences
from pipeline.runner.inputs import origins, scope_of
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext, Stage
from pipeline.storage.store import Receipt, Store

ROOT = Path(__file__).parents[1]
CLUSTER = "steenbakkerij"
STAGES = {stage.name: stage for stage in LINE}
TREE = ("pipeline", "layers", "config")
# Runs the line in a copy of the tree; what ran, why, and which data files beside modules each stage opened.
SCRIPT = """
import json, sys
from pathlib import Path
tree, outputs, is_plan = Path.cwd(), Path(sys.argv[1]), sys.argv[2] == "plan"
data, opened = set(), {}
def listen(event, arguments):
    path = str(arguments[0]) if event == "open" else ""
    if path.startswith((f"{tree}/pipeline", f"{tree}/layers")) and not path.endswith((".py", ".pyc")):
        data.add(str(Path(path).relative_to(tree)))
sys.addaudithook(listen)
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, plan, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store
project = read_project(tree / "config" / "proefpolder")
context = RunContext(project, project.folder, Store(outputs), line=LINE)
# Cards are read before any stage: what that opens is of none.
opened["project"] = sorted(data)
data.clear()
ran = {}
for report in (plan if is_plan else run)(context, Order(("steenbakkerij",))):
    opened.setdefault(report.stage, []).extend(data)
    data.clear()
    if report.reasons and report.stage != "acquire":
        ran[report.stage] = report.reasons
print(json.dumps({"ran": ran, "opened": opened}))
"""


def run_tree(tree: Path, outputs: Path, verb: str) -> Any:
    command = [sys.executable, "-B", "-c", SCRIPT, str(outputs), verb]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The smallest cluster of the example, run once on the tree as it is: its results, and what the run said."""
    outputs = tmp_path_factory.mktemp("finished")
    return outputs, run_tree(ROOT, outputs, "run")


@pytest.fixture(scope="module")
def finished(first_run: tuple[Path, Any]) -> Path:
    return first_run[0]


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the tree, and of the finished results."""
    tree, outputs = tmp_path / "tree", tmp_path / "outputs"
    for name in TREE:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(finished, outputs)
    return tree, outputs


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_title_of_a_layer_and_a_colour_of_a_verdict_rerun_publish_only(copied: tuple[Path, Path]) -> None:
    tree, outputs = copied
    replace_in(tree / "layers" / "closed_lists.py", '"bruikbaar", "#009e73"', '"bruikbaar", "#009e74"')
    replace_in(tree / "layers" / "derived" / "levers.py", '"Hefbomen"', '"Wat het meest oplevert"')
    result = run_tree(tree, outputs, "run")
    assert set(result["ran"]) == {"publish"}
    reasons = " ".join(result["ran"]["publish"])
    assert "layer levers" in reasons and "#009e73 -> #009e74" in reasons


def test_words_of_a_shared_column_and_a_new_one_rerun_publish_only(copied: tuple[Path, Path]) -> None:
    tree, outputs = copied
    replace_in(tree / "layers" / "columns.py", '"plot that it is part of"', '"plot that it lies on"')
    shared = 'SHARED = {\n    "nobody_has_it": text("a column that no layer takes", "Niets"),'
    replace_in(tree / "layers" / "columns.py", "SHARED = {", shared)
    assert set(run_tree(tree, outputs, "plan")["ran"]) == {"publish"}


@pytest.mark.parametrize("stage", LINE, ids=lambda stage: stage.name)
def test_every_data_file_that_a_stage_opens_is_declared(stage: Stage, first_run: tuple[Path, Any]) -> None:
    declared = {part.removeprefix("file ") for part in code_of(stage)}
    assert set(first_run[1]["opened"][stage.name]) <= declared


def test_the_run_opens_data_files(first_run: tuple[Path, Any]) -> None:
    opened = {name for names in first_run[1]["opened"].values() for name in names}
    templates = {"report/web/report.html.j2", "styles/templates/qml.xml.j2", "styles/templates/layouts.xml.j2"}
    assert {"layers/glossary.toml", *(f"pipeline/stages/publish/{name}" for name in templates)} <= opened


@pytest.mark.parametrize("text", ['PACKAGE_DATA = ("a",)', 'PACKAGE_DATA: tuple[str, ...] = ("a",)'])
def test_files_of_a_module_are_declared_with_or_without_a_type(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(code_closure, "file_of", lambda _: tmp_path / "module.py")
    assert source_of.__wrapped__("module").data == ("a",)


def test_what_a_source_says_is_stored_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "module.py"
    source.write_text('from layers.derived.pieces import LAYER\nTABLE = "holdings"\n', encoding="utf-8")
    monkeypatch.setattr(module_source, "_cache", functools.cache(module_source._cache.__wrapped__))
    first = module_source.source_in(source)
    module_source.store_parsed()
    # Another process takes what is stored, and reads nothing; of another content it reads anew.
    monkeypatch.setattr(module_source, "_cache", functools.cache(module_source._cache.__wrapped__))
    with monkeypatch.context() as patched:
        patched.setattr(module_source, "parsed", None)
        assert module_source.source_in(source) == first
    assert first.imports == (("layers.derived.pieces", "LAYER"),) and first.texts == ("holdings",)
    source.write_text('TABLE = "pieces"\n', encoding="utf-8")
    assert module_source.source_in(source).texts == ("pieces",)
    # Damaged, it counts as not there.
    (stored,) = (tmp_path / "industrieruimte").iterdir()
    stored.write_text("{", encoding="utf-8")
    monkeypatch.setattr(module_source, "_cache", functools.cache(module_source._cache.__wrapped__))
    assert module_source.source_in(source).texts == ("pieces",)


def test_a_formula_reruns_its_stages_and_what_their_outputs_change(copied: tuple[Path, Path]) -> None:
    """A new line in a module of each changes no table: what reads their tables is left alone, and nothing is cut."""
    tree, outputs = copied
    for module in ("land/suitability.py", "stages/resolve/chains.py"):
        with (tree / "pipeline" / module).open("a", encoding="utf-8") as file:
            file.write("\nA_NEW_FORMULA = 2.0\n")
    ran = run_tree(tree, outputs, "run")["ran"]
    assert {"resolve", "assess"} <= set(ran) and not {"harmonise", "constrain", "overlay", "measure", "publish"} & set(
        ran
    )
    assert ran["assess"] == ["code: module pipeline.land.suitability"]
    assert ran["resolve"] == ["code: module pipeline.stages.resolve.chains"]


def test_a_bound_of_a_contract_reruns_what_writes_or_reads_the_table(copied: tuple[Path, Path]) -> None:
    tree, outputs = copied
    replace_in(tree / "layers" / "derived" / "site_sizes.py", "minimum=0", "minimum=-1")
    ran = run_tree(tree, outputs, "plan")["ran"]
    assert {stage: reasons[0] for stage, reasons in ran.items()} == dict.fromkeys(
        ("assemble", "balance", "publish"), "code: layer site_sizes"
    )


def test_a_value_of_a_card_is_named_with_its_file_old_and_new(copied: tuple[Path, Path]) -> None:
    tree, outputs = copied
    replace_in(tree / "config" / "profiles.toml", "least_area_ha    = 2.0", "least_area_ha    = 0.75")
    ran = run_tree(tree, outputs, "plan")["ran"]
    assert list(ran) == ["assess", "assemble", "balance", "publish"]
    assert ran["assess"] == ["profiles.toml: general_industry.least_area_ha 2.0 -> 0.75"]
    assert ran["assemble"][1:] == [f"assess of {CLUSTER} would run"]


def closure_of(stage: str) -> frozenset[str]:
    return closure(frozenset({STAGES[stage].run.partition(":")[0]})).modules


@pytest.mark.parametrize("stage", LINE, ids=lambda stage: stage.name)
def test_the_code_of_a_stage_is_its_own_and_what_lies_below(stage: Stage) -> None:
    modules = closure_of(stage.name)
    assert not [name for name in modules if name.split(".")[1:2] in (["line"], ["queries"], ["cli"], ["runner"])]
    packages = {name.split(".")[2] for name in modules if name.startswith("pipeline.stages.")}
    assert packages == {stage.run.partition(":")[0].split(".")[2]}


@pytest.mark.parametrize("stage", LINE, ids=lambda stage: stage.name)
def test_the_methods_of_layers_are_code_of_every_stage(stage: Stage) -> None:
    """A stage takes a layer by value and calls it: LAYER.conform, LAYER.collect."""
    assert {"module layers.layer", "library pandera", "library geopandas"} <= set(code_of(stage))


def test_terms_that_count_by_value_have_no_methods_of_their_own() -> None:
    assert not [name for name, value in vars(Term).items() if callable(value) and not name.startswith("__")]


def test_what_cuts_land_knows_no_project() -> None:
    assert not [name for name in closure_of("overlay") if name.startswith(("pipeline.project", "pipeline.land"))]


def test_only_what_decides_over_pieces_cuts_anew() -> None:
    modules = closure(frozenset({"pipeline.stages.overlay.engines"})).modules
    assert {"pipeline.kernels.cut", "pipeline.spatial.reference_overlay"} < modules
    others = {"pipeline.stages.overlay.remote_ranges", "pipeline.stages.overlay.pieces", "layers.derived.pieces"}
    assert not others & modules and digest_of("pipeline.stages.overlay.engines") != digest_of("pipeline.kernels.cut")


def test_a_module_that_imports_by_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    dynamic = dataclasses.replace(source_of("pipeline.land.dates"), is_dynamic=True)
    monkeypatch.setattr("pipeline.runner.code_closure.source_of", lambda _: dynamic)
    with pytest.raises(ImportError, match="imports by name"):
        closure(frozenset({"pipeline.land.dates"}))


def test_a_contract_is_all_but_the_words() -> None:
    layer = DERIVED["levers"]
    renamed = dataclasses.replace(layer, title="Anders", meaning="otherwise")
    assert contract(layer) == contract(renamed) and contract(layer, with_words=True) != contract(
        renamed, with_words=True
    )
    assert contract(layer) != contract(dataclasses.replace(layer, key=layer.key[:-1]))


@pytest.mark.parametrize("stage", LINE, ids=lambda stage: stage.name)
def test_all_config_that_is_declared_is_there(stage: Stage, rules: Project) -> None:
    for unit in stage.units.all_units(rules):
        scope = scope_of(stage, rules, unit)
        assert view(rules, stage.config_for(unit), stage.name, scope) is not None
        assert bool(flat(rules, stage.config_for(unit), scope)) == bool(stage.config)
        assert all(parts or name == "refused" for name, parts in origins(LINE, stage, rules, unit).items())


READINGS: dict[str, tuple[tuple[str, ...], Callable[[Project], Any], str]] = {
    "a card": (("assess.shape",), lambda config: config.effects, "effects"),
    "a key of a card": (
        ("assess.shape",),
        lambda config: config.assess.category_distances,
        "assess.category_distances",
    ),
    "a property": (("card.title",), lambda config: config.years, "card.reference_date"),
    "a column of rows": (
        ("constrain.constraint.*.name",),
        lambda config: config.constrain.constraint[0].title,
        "constrain.constraint[open_water].title",
    ),
    "an entry": (("sources.parcels.layer",), lambda config: config.sources["quays"], "sources.quays"),
    "an entry that may be missing": (("sources.{unit}",), lambda config: config.sources.get("quays"), "sources.quays"),
}


@pytest.mark.parametrize(("names", "reading", "key"), READINGS.values(), ids=READINGS)
def test_config_that_is_not_declared_cannot_be_read(
    names: tuple[str, ...], reading: Callable[[Project], Any], key: str, rules: Project
) -> None:
    with pytest.raises(UndeclaredConfigError) as error:
        reading(view(rules, names, "stage 'assess'", Scope("parcels")))
    assert f"stage 'assess' reads config '{key}'" in str(error.value)


def test_config_that_is_declared_reads_as_in_the_project(rules: Project) -> None:
    config = view(
        rules,
        ("years", "card.reference_date", "profiles.*.title", "sources.{sources}.dated"),
        "",
        Scope("", frozenset({"quays"})),
    )
    assert config.years == rules.years and config.day(rules.years[-1]) == rules.day(rules.years[-1])
    assert [profile.title for profile in config.profiles.values()] == [each.title for each in rules.profiles.values()]
    assert list(config.sources) == ["quays"] and "no such card" not in config.sources


def test_a_stage_that_reads_more_than_it_declares_ends_at_once(finished: Path, tmp_path: Path, rules: Project) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    less = tuple(name for name in STAGES["assess"].config if name != "verdicts")
    line = tuple(dataclasses.replace(stage, config=less) if stage.name == "assess" else stage for stage in LINE)
    context = RunContext(rules, rules.folder, Store(tmp_path), line=line)
    with pytest.raises(UndeclaredConfigError, match="stage 'assess' reads config 'verdicts'"):
        list(run(context, Order((CLUSTER,), anew_from="assess", up_to="assess")))


@pytest.mark.parametrize(
    ("key", "file", "place"),
    [
        ("effects[9].effect", "constrain.toml", "constraint[near_water].effects.storage.effect"),
        ("effects[10].basis", "constrain.toml", "constraint[near_water].effects.dwelling.basis"),
        ("effects[11].effect", "effects.csv", "[11].effect"),
        ("profiles.general_industry.least_area_ha", "profiles.toml", "general_industry.least_area_ha"),
        ("card.reference_date", "project.toml", "reference_date"),
        ("sources.parcels.path", "sources/parcels.toml", "path"),
        ("effects[3].effect", "effects.csv", "[3].effect"),
    ],
)
def test_a_key_names_the_file_that_a_user_wrote(key: str, file: str, place: str) -> None:
    rows = {9: ("near_water", "storage"), 10: ("near_water", "dwelling"), 11: ("far_water", "dwelling")}
    config = {
        f"effects[{row}].{name}": value
        for row, values in rows.items()
        for name, value in zip(("constraint", "object_kind"), values, strict=True)
    }
    in_cards = {f"constrain.constraint[near_water].effects.{kind}": "blocks" for kind in ("storage", "other")}
    assert file_and_key(key, config | in_cards) == (file, place)


def test_differences_name_the_value_the_part_and_the_version() -> None:
    before = Receipt(
        "assess", CLUSTER, {"a/b/c": "1"}, {"years": [2026], "verdicts[1].open": "usable"}, {"module x": "1"}
    )
    now = Receipt("assess", CLUSTER, {"a/b/c": "2"}, {"years": [2026, 2030]}, {"module x": "2", "library numpy": "3"})
    assert differences(now, before) == [
        "input 'a/b/c' changed",
        "project.toml: years [2026] -> [2026, 2030]",
        "verdicts.csv: [1].open usable -> (none)",
        "library numpy (none) -> 3",
        "code: module x",
    ]


def test_the_order_of_config_counts(rules: Project) -> None:
    context = RunContext(rules, rules.folder, Store(Path()), line=LINE)
    now = config_of(STAGES["assess"], context, CLUSTER)
    profiles = dict(reversed(rules.profiles.items()))
    turned = dataclasses.replace(context, project=dataclasses.replace(rules, profiles=profiles))
    other = config_of(STAGES["assess"], turned, CLUSTER)
    receipts = [Receipt("assess", CLUSTER, {}, config, {}) for config in (now, other)]
    assert now == other and differences(*receipts) == ["config: the same keys in another order"]
