"""The contact centre: people and rights, cases, visits, results, passwords and tokens. Keeps nothing itself.

Rules (pure, for everybody):
- ``office.people``        Role, Channel, Person, Case, Contact, Visit; case_to_continue, close_case
- ``office.roster``        Member, SignOut; sign_in_holds, check_administrator_stays: the staff, and whose sign-ins hold
- ``office.rights``        Action, allowed(role, action), require, may_confirm_refund, visible_card(role, card)
- ``office.sign_in``       SignInGuard: wait(name, now), failed(name, now), succeeded(name)
- ``office.tokens``        issue_token, renew_token, token_lives, wants_renewal, revoke_token, token_hash
- ``office.visits``        Story, follow(story, at, report), talk_chosen, as_lines; PHRASES
- ``office.notes``        joined(kept, found)
- ``office.result_codes``  RESULT_CODES, result_code(code), missing_for_wrap_up(code, note)
Adapter (server only): ``office.passwords``: hash_password, password_holds, wants_rehash.

A sign-in::

    pause = guard.wait(name, now)                      # > 0: refuse at once, ask nothing of Argon2
    if not await asyncio.to_thread(password_holds, staff_hash_or_none, password):
        pause = guard.failed(name, now)                # an unknown name (None) takes as long as a known one
    else:
        guard.succeeded(name)
        token, kept = issue_token(staff_id, os.urandom(TOKEN_BYTES), now)   # send token, store kept

What the operator reads about the visit::

    story = follow(story, now, report.view.model_dump(mode="json"))         # at each journey.report
    story = talk_chosen(story, now, "readings", "A-027")                    # at ticket.take
    TimelineChanged(session_id=..., lines=as_lines(story))
"""
