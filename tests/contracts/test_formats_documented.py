"""docs/formats.md has a row for every format, and names a test file that is there."""

import re

import pytest

from longtail.settings import REPOSITORY
from spark_jobs.readers.formats import BY_NAME

PAGE = (REPOSITORY / "docs" / "formats.md").read_text()
TABLE = PAGE.partition("<!-- formats: start -->")[2].partition("<!-- formats: end -->")[0]
ROWS = {row[1].strip(" `"): row for row in (line.split("|") for line in TABLE.splitlines()) if len(row) == 8}


def test_every_format_has_a_row_and_every_row_a_format() -> None:
    assert ROWS.keys() - {"format", "---"} == BY_NAME.keys()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_row_of_a_format_says_what_is_decoded_and_which_test_proves_it(name: str) -> None:
    _, _, file, drive, decoded, _, proof, _ = ROWS[name]
    assert all(cell.strip() for cell in (file, drive, decoded))
    tests = re.findall(r"`(tests/[^`]+\.py)`", proof)
    assert tests
    assert [each for each in tests if not (REPOSITORY / each).is_file()] == []
