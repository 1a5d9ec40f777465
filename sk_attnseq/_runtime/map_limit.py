"""Memory maps: what a process runs out of first when it compiles hundreds of programs."""

from pathlib import Path

# A program takes some 250 of them, one with many layers a thousand, and several threads may
# compile at once.
_MARGIN = 5_000


def check_memory_maps() -> None:
    """Raise if compiling another program could crash TensorFlow for want of memory maps.

    TensorFlow keeps those of each compiled program until the process ends, and Linux allows
    a process so many; the call that fails for the lack of one is not checked.
    """
    try:
        limit = int(Path("/proc/sys/vm/max_map_count").read_text())
        with Path("/proc/self/maps").open("rb") as maps:
            n_maps = sum(1 for _ in maps)
    except OSError:
        return  # not Linux, or not allowed to look
    if n_maps > limit - _MARGIN:
        raise MemoryError(
            f"This process has {n_maps} memory maps of the {limit} that Linux allows it, and "
            "compiling another network takes hundreds, which TensorFlow keeps until the process "
            "ends. Fit so many different networks in several processes (as joblib's loky does), "
            "start a new one, or raise vm.max_map_count."
        )
