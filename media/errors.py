"""Rules: the base of every error the media package raises on purpose."""

from ground.errors import InfomatError


class MediaError(InfomatError):
    """A call, a device or the engine could not do what was asked; ``code`` starts with ``media.``."""

    code = "media.failed"
