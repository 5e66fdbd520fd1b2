from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.generator import BadModel
from bridge.model_files.catalogue import Changes, ModelCatalogue, UnknownModel
from bridge.model_files.folder_scan import SETTLE_SECONDS
from bridge.model_files.model_file import ModelFile
from tests.tiny_model import write_tiny_model

LATER = SETTLE_SECONDS + 0.1


class Desk:
    """A models folder and its catalogue, with a clock that the test turns."""

    def __init__(self, folder: Path, embedded: Path) -> None:
        self.folder, self.embedded, self.time = folder, embedded, 100.0
        self.catalogue = ModelCatalogue(folder, embedded)

    def look(self, after: float = LATER) -> Changes:
        self.time += after
        return self.catalogue.refresh(self.time)

    def look_until_settled(self) -> Changes:
        first, second = self.look(), self.look()
        assert not first
        return second


@pytest.fixture(scope="module")
def embedded(band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embedded") / "embedded.onnx"
    write_tiny_model(path, band)  # its contract is named "tiny 0"
    return path


@pytest.fixture
def desk(tmp_path: Path, embedded: Path) -> Desk:
    folder = tmp_path / "models"
    folder.mkdir()
    desk = Desk(folder, embedded)
    desk.look()
    return desk


def names(files: Iterable[ModelFile]) -> list[str]:
    return [file.name for file in files]


def test_the_embedded_model_is_there_under_its_own_name_even_without_a_folder(tmp_path: Path, embedded: Path) -> None:
    catalogue = ModelCatalogue(tmp_path / "nowhere", embedded)
    assert not catalogue.refresh(0.0)
    assert catalogue.names() == ["tiny 0"]
    assert catalogue.get("tiny 0").path == embedded
    assert catalogue.problem is None


def test_what_lies_in_the_folder_at_the_start_is_there_at_the_first_look(
    tmp_path: Path, embedded: Path, tiny_model: Path
) -> None:
    shutil.copy(tiny_model, tmp_path / "night.onnx")
    catalogue = ModelCatalogue(tmp_path, embedded)
    assert names(catalogue.refresh(0.0).appeared) == ["night"]
    file = catalogue.get("night")
    assert file.contract is not None
    assert file.contract.name == "tiny 0"
    assert file.size == tiny_model.stat().st_size
    assert file.modified == pytest.approx((tmp_path / "night.onnx").stat().st_mtime)


def test_a_file_is_known_by_the_name_that_it_is_loaded_by(tmp_path: Path, embedded: Path, tiny_model: Path) -> None:
    night, broken = tmp_path / "night.onnx", tmp_path / "broken.onnx"
    shutil.copy(tiny_model, night)
    broken.write_bytes(b"noise")
    catalogue = ModelCatalogue(tmp_path, embedded)
    catalogue.refresh(0.0)
    found = [catalogue.name_of(path) for path in (embedded, night, broken, tmp_path / "nowhere.onnx")]
    assert found == ["tiny 0", "night", None, None]


def test_a_new_export_appears_at_the_second_look(desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "night.onnx")
    assert not desk.look()
    assert names(desk.look().appeared) == ["night"]
    assert desk.catalogue.names() == ["tiny 0", "night"]
    assert not desk.look()


def test_a_look_that_comes_too_soon_takes_nothing(desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "night.onnx")
    desk.look()
    assert not desk.look(SETTLE_SECONDS / 2)
    assert desk.look(SETTLE_SECONDS)


def test_a_file_that_grows_is_not_taken_before_it_holds_still(desk: Desk, tiny_model: Path) -> None:
    whole = tiny_model.read_bytes()
    for share in range(1, 6):
        (desk.folder / "night.onnx").write_bytes(whole[: len(whole) * share // 5])
        assert not desk.look()
    assert names(desk.look().appeared) == ["night"]
    assert desk.catalogue.get("night").contract is not None


def test_a_copy_that_stalled_is_listed_with_its_problem_and_taken_when_it_is_whole(
    desk: Desk, tiny_model: Path
) -> None:
    whole = tiny_model.read_bytes()
    path = desk.folder / "night.onnx"
    path.write_bytes(whole[:5000])
    (file,) = desk.look_until_settled().appeared
    assert file.problem is not None
    assert "not wholly copied" in file.problem
    assert desk.catalogue.names() == ["tiny 0"]
    with pytest.raises(BadModel, match=r"night\.onnx is not an ONNX model: it ends \d+ bytes too early"):
        desk.catalogue.get("night")

    path.write_bytes(whole)
    assert names(desk.look_until_settled().changed) == ["night"]
    assert desk.catalogue.get("night").problem is None


def test_an_export_renamed_over_another_of_the_same_size_is_a_change(
    desk: Desk, band: ModelContract, tmp_path: Path
) -> None:
    write_tiny_model(desk.folder / "night.onnx", band, seed=1)
    desk.look_until_settled()
    newer = tmp_path / "newer"
    write_tiny_model(newer, band, seed=2)
    stamp = (desk.folder / "night.onnx").stat()
    os.utime(newer, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1_000_000))
    newer.replace(desk.folder / "night.onnx")

    changes = desk.look_until_settled()

    assert (names(changes.appeared), changes.vanished) == ([], ())
    (file,) = changes.changed
    assert file.contract is not None
    assert file.contract.name == "tiny 2"


def test_a_file_that_is_removed_vanishes_at_once(desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "night.onnx")
    desk.look_until_settled()
    (desk.folder / "night.onnx").unlink()
    assert desk.look().vanished == ("night",)
    with pytest.raises(UnknownModel):
        desk.catalogue.get("night")


def test_exports_in_progress_hidden_files_and_folders_are_no_models(desk: Desk, tiny_model: Path) -> None:
    for name in (".night.onnx.123.part", "night.onnx.part", "._night.onnx", "readme.txt", "onnx"):
        shutil.copy(tiny_model, desk.folder / name)
    (desk.folder / "folder.onnx").mkdir()
    desk.look()
    assert not desk.look()
    assert len(desk.catalogue.files()) == 1


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no named pipes among files, and links need a privilege"
)
def test_a_pipe_is_not_waited_on_and_a_dangling_link_is_no_model(desk: Desk) -> None:
    os.mkfifo(desk.folder / "pipe.onnx")
    (desk.folder / "dangling.onnx").symlink_to(desk.folder / "nowhere.onnx")
    desk.look()
    assert not desk.look()


def test_the_suffix_may_be_in_capitals_and_names_may_hold_blanks_and_accents(desk: Desk, tiny_model: Path) -> None:
    for name in ("Night Band.ONNX", "Été ♪.onnx", "a.b.onnx"):
        shutil.copy(tiny_model, desk.folder / name)
    desk.look_until_settled()
    assert desk.catalogue.names() == ["tiny 0", "a.b", "Night Band", "Été ♪"]


def test_a_name_is_found_however_its_accents_are_written(desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / unicodedata.normalize("NFD", "Été.onnx"))
    desk.look_until_settled()
    for form in ("NFC", "NFD"):
        assert desk.catalogue.get(unicodedata.normalize(form, "Été")).name == unicodedata.normalize("NFC", "Été")


def test_the_name_of_the_embedded_model_is_never_another_ones(desk: Desk, tiny_model: Path, embedded: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "tiny 0.onnx")
    (file,) = desk.look_until_settled().appeared
    assert file.problem is not None
    assert file.problem.endswith("its name is that of the model that comes along: rename the file")
    assert desk.catalogue.get("tiny 0").path == embedded
    assert desk.catalogue.names() == ["tiny 0"]


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems take such names for one and the same, or refuse them"
)
def test_names_that_cannot_be_told_apart_or_sent_are_listed_with_the_reason(desk: Desk, tiny_model: Path) -> None:
    odd = [unicodedata.normalize("NFD", "Été.onnx"), "Été.onnx", "line\nbreak.onnx", os.fsdecode(b"\xff.onnx")]
    for name in odd:
        shutil.copy(tiny_model, desk.folder / name)
    desk.look_until_settled()
    assert desk.catalogue.names() == ["tiny 0", "Été"]
    problems = [file.problem for file in desk.catalogue.files() if file.problem]
    assert len(problems) == 3
    assert all(problem.endswith("rename the file") for problem in problems)
    for file in desk.catalogue.files():
        file.name.encode("utf-8")  # can be printed and sent


@pytest.mark.parametrize(
    "name", ["../night", "/etc/passwd", "models/night", "night.onnx", "", "\0", "NIGHT", "a" * 5000]
)
def test_only_names_of_the_catalogue_resolve(name: str, desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "night.onnx")
    shutil.copy(tiny_model, desk.folder.parent / "night.onnx")
    desk.look_until_settled()
    with pytest.raises(UnknownModel):
        desk.catalogue.get(name)


def test_an_unknown_name_is_told_the_nearest_or_where_models_belong(desk: Desk, tiny_model: Path) -> None:
    shutil.copy(tiny_model, desk.folder / "Night Band.onnx")
    desk.look_until_settled()
    with pytest.raises(UnknownModel) as near:
        desk.catalogue.get("night bnad")
    assert str(near.value) == "no model is named 'night bnad'; the nearest: 'Night Band'"
    with pytest.raises(UnknownModel) as far:
        desk.catalogue.get("xyz")
    expected = f"no model is named 'xyz'; there are: 'tiny 0', 'Night Band'; exports belong in {desk.folder}"
    assert str(far.value) == expected


def test_a_model_given_from_elsewhere_is_listed_and_watched_too(
    desk: Desk, band: ModelContract, tmp_path: Path, embedded: Path
) -> None:
    given = tmp_path / "experiment.onnx"
    write_tiny_model(given, band, seed=1)
    catalogue = ModelCatalogue(desk.folder, embedded, given)
    assert names(catalogue.refresh(0.0).appeared) == ["experiment"]
    write_tiny_model(given, band, seed=22)
    catalogue.refresh(1.0)
    (file,) = catalogue.refresh(2.0).changed
    assert file.contract is not None
    assert file.contract.name == "tiny 22"
    given.unlink()
    assert catalogue.refresh(3.0).vanished == ("experiment",)


def test_a_model_given_from_the_folder_or_the_embedded_one_is_listed_once(
    desk: Desk, tiny_model: Path, embedded: Path
) -> None:
    shutil.copy(tiny_model, desk.folder / "night.onnx")
    for given in (desk.folder / "night.onnx", embedded):
        catalogue = ModelCatalogue(desk.folder, embedded, given)
        catalogue.refresh(0.0)
        assert names(catalogue.files()) == ["tiny 0", "night"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes a name that is too long for one that is not there")
def test_a_folder_that_cannot_be_read_is_a_problem_and_the_rest_is_there(tmp_path: Path, embedded: Path) -> None:
    catalogue = ModelCatalogue(tmp_path / ("y" * 300), embedded)
    assert not catalogue.refresh(0.0)
    assert catalogue.problem is not None
    assert "cannot be read: File name too long" in catalogue.problem
    assert catalogue.names() == ["tiny 0"]


def test_a_file_in_the_folders_place_holds_no_models(tmp_path: Path, embedded: Path) -> None:
    (tmp_path / "models").write_text("")
    catalogue = ModelCatalogue(tmp_path / "models", embedded)
    assert not catalogue.refresh(0.0)
    assert catalogue.problem is None


def test_a_model_that_stays_is_not_opened_again(desk: Desk, tiny_model: Path) -> None:
    path = desk.folder / "night.onnx"
    shutil.copy(tiny_model, path)
    desk.look_until_settled()
    stamp = path.stat()
    path.write_bytes(b"\0" * stamp.st_size)  # to be noticed by reading it alone
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert not desk.look()
    assert not desk.look()
    assert desk.catalogue.get("night").contract is not None
