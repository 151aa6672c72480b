"""Rules: the base of every error this product raises on purpose."""


class InfomatError(Exception):
    """Base of the one error class each package derives.

    ``code`` is stable and machine-readable (``area.what``); the text is for engineers. What a
    person reads is looked up by the code in the translations, so it never leaks internals.
    """

    code: str = "internal"

    def __init__(self, text: str = "", *, code: str | None = None) -> None:
        super().__init__(text or (code or self.code))
        if code is not None:
            self.code = code
