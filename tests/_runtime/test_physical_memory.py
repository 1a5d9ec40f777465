import os

import pytest

from sk_attnseq._runtime.physical_memory import check_fits_in_memory


def test_what_fits_is_no_error():
    check_fits_in_memory(1_000_000, "Little data", "Never mind.")


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="needs os.sysconf")
def test_what_does_not_fit_says_how_much_and_what_to_do():
    with pytest.raises(ValueError, match=r"Much data need about 1000000 GB, .* Take less\."):
        check_fits_in_memory(10**15, "Much data", "Take less.")
