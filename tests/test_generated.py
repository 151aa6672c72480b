"""Generated pages are what the code says now."""

from infomat import states_page


def test_the_page_of_the_machines_is_not_stale() -> None:
    assert states_page.PAGE.read_text() == states_page.page(), "run ./dev docs"


def test_every_machine_of_the_house_is_on_the_page() -> None:
    machines = {
        "Ticket",
        "Operator",
        "CallSession",
        "Purchase",
        "PurchaseLine",
        "FiscalDocument",
        "Refund",
        "Difference",
        "Slip",
        "KioskJourney",
        "Link",
    }
    assert machines == set(states_page.MACHINES)
