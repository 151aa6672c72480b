"""Rules: the base of every error the console raises on purpose."""

from ground.errors import InfomatError


class ConsoleError(InfomatError):
    """The console could not do what was asked; ``code`` starts with ``console.``."""

    code = "console.failed"


class ActNotPermitted(ConsoleError):
    """A person's act came while the desk does not permit it."""

    code = "console.not_permitted"


class ServerAway(ConsoleError):
    """The server does not answer at its address."""

    code = "console.server_away"


class ServerNotTrusted(ConsoleError):
    """The server's certificate was not issued by the authority this console pins, or its address is plain http."""

    code = "console.server_not_trusted"
