"""The page names what is tested here, and nothing else."""

from pathlib import Path

from tests.integration.conftest import page_code

HERE = Path(__file__).parent


def test_every_section_with_code_is_run_by_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    _, *sections = page_code()
    assert len(sections) >= 9
    assert [s for s in sections if f'run_section("{s}")' not in tests] == []
