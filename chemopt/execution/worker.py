"""A worker process: functions and arguments on stdin, results on stdout, until stdin ends.

``python -m chemopt.execution.worker PARENT [LIMIT]``, with the process that feeds it, and the
largest address space in bytes. Both streams are pickles between two processes of one user.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time


def main() -> None:
    """Serve until the parent closes stdin, or is gone."""
    parent, limit = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(limit), int(limit)))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a solver prints must not get between the answers
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    while True:
        try:
            fn, args, kwargs = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            data = pickle.dumps((True, fn(*args, **kwargs)))
        except Exception as error:
            data = _failure(error)
        answers.write(data)
        answers.flush()


def load(*_: object) -> None:
    """Do nothing: what was imported to read the arguments is there from now on."""


def _failure(error: Exception) -> bytes:
    try:
        data = pickle.dumps((False, error))
        pickle.loads(data)  # some errors can be written but not read
    except Exception:
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return data


def _end_with(parent: int) -> None:
    """End this process soon after its parent was killed."""
    while os.getppid() == parent or sys.platform == "win32":
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
