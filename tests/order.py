"""In which order the files of tests run side by side: what waits for real processes goes together with what computes.

A file is always run by one worker, because its tests share a server or a house. By itself pytest-xdist begins with the
files that have the most tests, so that a file of five tests and a minute comes last and alone. Here the longest come
first, and of those in which whole houses run in real time one less than there are workers goes on at once: a call must
not be judged by how many others are in the machine.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

#: Files that wait in real time for many processes, the longest first (./dev test --durations=0 tells).
HOUSES = (
    "tests/scenarios/test_payment.py",
    "tests/scenarios/test_visit.py",
    "tests/operator_console/test_app.py",
    "tests/scenarios/test_call.py",
    "tests/browser/test_visitor_page.py",
    "tests/kiosk/test_kiosk.py",
    "tests/media/test_call.py",
    "tests/scenarios/test_number.py",
    "tests/operator_console/test_phone_and_paper.py",
)
#: The longest of the others, so that none of them is the last.
LONG = (
    "tests/kiosk/visit/test_screens_look.py",
    "tests/benchmarks/test_payment_chaos.py",
    "tests/operator_console/test_gallery.py",
    "tests/signaling/test_refund_desk.py",
    "tests/signaling/test_difference_desk.py",
    "tests/signaling/test_identities.py",
    "tests/signaling/test_busy_floor.py",
    "tests/signaling/test_power_cut.py",
    "tests/signaling/test_restart.py",
    "tests/payment/test_upos.py",
    "tests/payment/test_nexo_emulator.py",
    "tests/signaling/test_talks.py",
    "tests/signaling/test_start_point.py",
    "tests/media/test_staying_through.py",
)


class LongestFirst(LoadFileScheduling):
    """One file a worker; the next one is chosen by what the others are doing."""

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(self._next(), last=False)
        super()._assign_work_unit(node)

    def _next(self) -> str:
        waiting = [file for file in HOUSES if file in self.workqueue]
        if waiting and self._houses_now() < max(1, self.numnodes - 1):
            return waiting[0]
        long = (file for file in LONG if file in self.workqueue)
        short = (file for file in self.workqueue if file not in HOUSES)
        return next(long, None) or next(short, None) or next(iter(self.workqueue))

    def _houses_now(self) -> int:
        given = (units for node, units in self.assigned_work.items() if not node.shutting_down)
        return sum(file in HOUSES and not all(done.values()) for units in given for file, done in units.items())
