"""Accounts, meters, readings and payments, and the drivers of the billing systems that keep them.

Rules (pure; kiosk, server and the embedded system ask the same ones):
- ``billing.accounts``   the values: AccountCard, Meter, ZoneCard, ReadingSubmission, Posting, Posted, Month ...
- ``billing.readings``   parse_reading, check_reading, check_moment, check_sum, judge_submission, window_at, DOUBTS
- ``billing.suppliers``  SUPPLIERS, supplier_of(code), Supplier.terms_on(day): deadlines as dated data
- ``billing.masking``    masked(card), masked_number, masked_serial, masked_holder, masked_address
- ``billing.errors``     BillingError, BillingUnavailable (try again), BillingRefused (its ``code`` says why)
Port: ``billing.port.BillingSystem``. Adapter (server only): ``billing.adapters.embedded.EmbeddedBilling``.
Process: ``python -m billing.embedded --port 0 --folder DIR`` prints ``ready {"port": ...}`` and writes
``billing.json``, ``token`` and ``demo_accounts.json`` into DIR.

On the server (synchronous calls that may hang, so each system has threads of its own, ``signaling.server.outside``)::

    billing = EmbeddedBilling.from_file(folder / "billing.json")
    card = await outside.ask(billing.find_account, "7401004417")            # None: no such account
    posted = await outside.ask(
        billing.post_payment, Posting(purchase_id, card.number, Money(128450, "RUB"), paid_at, "slip 000123")
    )                                                                       # again with the same key: same answer
    answer = await outside.ask(billing.submit_reading, ReadingSubmission(
        card.number, card.meters[0].id, (ZoneValue(Zone.T1, 34400),), taken_at, "infomat", "customer",
        confirmed=readings.DOUBTS if the_person_said_yes else (),
    ))
    if isinstance(answer, ReadingRefused) and answer.needs_confirmation:
        ...                                                                 # ask; answer.units, .money, .times_usual

On the kiosk, as somebody types, also offline::

    value = parse_reading("014285", meter.digits)                           # int, or Refused(reason)
    verdict = check_reading(value, meter, Zone.T2, supplier_of(card.supplier), taken_at, confirmed=())
    # Accepted(units, money, notes) | NeedsConfirmation(reason, units, money, times_usual) | Refused(reason, choices)
"""
