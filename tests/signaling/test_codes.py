"""What people have in their hands is made of the server's secret, and says nothing of it."""

from signaling.server.codes import Codes


def test_codes_are_of_the_secret_and_of_the_ticket_and_say_nothing_of_each_other() -> None:
    codes, others = Codes(b"one"), Codes(b"two")
    made = {codes.of_ticket(str(number)) for number in range(300)}
    assert len(made) > 280
    assert all(len(one) == 4 and one.isdecimal() for one in made)
    assert codes.of_ticket("t1") != others.of_ticket("t1")
    assert codes.fits("t1", codes.of_ticket("t1"))
    assert len(codes.booking_number("t1")) == 3
    assert "secret" not in repr(codes)
