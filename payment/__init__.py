"""Money: purchases at a card terminal that are never lost, doubled or lied about.

The kiosk agent owns a ``Cashier`` (one per terminal); the server folds the replicated journal into a ``Book``.

    cashier = Cashier(                                                         # payment.cashier
        RealDisk(data / "payment"),
        terminal_of(Path("…/terminal.json"), sale_id="kiosk-17"),              # payment.drivers: nexo or upos
        SystemClock(),
        on_change=lambda purchase: show(purchase.purchase_id, screen_phase(purchase)),
        on_entry=lambda entry: link.send(entry.purchase_id, entry_to_dict(entry)),   # durable; repeated until acked
        on_alarm=lambda code, purchase_id: ...,
    )
    await cashier.open()                  # resolves what a crash left open; `available` is False until then
    cashier.available                     # may a card payment be offered now?
    cashier.active                        # a customer may be at the keys: outgoing pictures are a still
    cashier.begin(purchase_id, lines, "electricity")  # basket.Line, one for each bill; TerminalTaken, JournalBroken
    cashier.phase(purchase_id)            # ScreenPhase(name, phrase, can_cancel, slip, final)
    cashier.cancel(purchase_id)           # a wish
    cashier.acknowledged(purchase_id, 5)  # the server has entries up to 5 (durable)
    cashier.entries_after(purchase_id, 3) # the server saw a gap; cashier.unacknowledged() when the link is back
    cashier.posted(purchase_id, "billing reference")     # every line is settled
    cashier.refund(purchase_id, refund_id, Money(20200, "RUB"))  # the server's order: once, whatever gets lost
    cashier.clarified(purchase_id, charged=True, note="bank file 2026-11-22")    # reconciliation ends a parked one
    await cashier.until(lambda c: c.available)
    await cashier.close()

``new_id`` of the Cashier makes nexo ServiceIDs (1-10 characters), not UUIDs; its default is right.
An alarm ``payment.journal_broken`` or ``payment.runner_stopped`` means that this cashier begins and sends nothing any
more: close it and open another one on the same disk, which reads the journal (``kiosk.agent.till`` does).
``purchase_id`` is the caller's UUIDv7 and becomes the sale transaction's id.

Where what is: ``moves`` the table, ``purchase`` step and replay, ``consequences`` what each event does,
``readings`` what answers mean, ``screen`` what is shown, ``journal``, ``terminal`` the port, ``nexo`` and ``upos`` its
drivers, ``cashier`` and its ``runner``, ``book`` the server's side, ``emulators`` peers for tests and the demo
(``python -m payment.emulators.terminal --folder F [--scripted] [--window] [--language ru]``,
``python -m payment.emulators.upos --install F``, ``python -m payment.emulators.bank --folder F --day D``,
``python -m payment.emulators.fiscal --folder F``). ``fiscal`` makes the fiscal document of a payment, ``register`` is
the port to what issues it, ``atol_online`` its driver.
"""
