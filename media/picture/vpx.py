"""Adapter: libvpx's VP8 encoder by ctypes, because its rate can be changed while it runs (docs/decisions/0045).

PyAV opens libvpx too, but offers no ``vpx_codec_enc_config_set``: there each change of rate is a new encoder and a
keyframe. We open the very library that PyAV's wheel carries, or the system's. Shapes and numbers are those of
``vpx/vpx_encoder.h``, ``vpx/vpx_image.h`` and ``vpx/vp8cx.h`` (libvpx 1.12 to 1.16: the parts used have not changed).
"""

from __future__ import annotations

import ctypes as c
import ctypes.util
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.errors import MediaError
from media.picture.planes import Planes

CLOCK = 90_000  # Hz: time stamps are RTP's
_I420 = 0x102
_REALTIME = 1  # microseconds per picture: VPX_DL_REALTIME
_FORCE_KEY, _IS_KEY, _FRAME_PACKET = 1, 1, 0
_CBR, _RESILIENT = 1, 1
_CPU_USED, _NOISE, _STATIC, _PARTITIONS, _QUANTIZER, _MAX_INTRA, _SCREEN = 13, 15, 17, 18, 20, 26, 31
SHARP = 36  # of 63: a page coded so finely is 44 dB from itself
SEEN = 12  # of 63: a camera's picture coded more finely looks the same, at twice to four times the rate
_ABI_MISMATCH = 3


class VpxError(MediaError):
    """libvpx is missing, or refuses."""

    code = "media.vpx"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to code. ``speed`` 0..16 (more is less work), ``noise`` 0..6 (denoising, costs a third of the work),
    ``static`` the difference under which a block is not coded, ``intra_percent`` the most a keyframe may take of an
    average picture, ``document`` for sharp still content: quality first, no dropped pictures."""

    speed: int = 8
    noise: int = 0
    static: int = 100
    intra_percent: int = 600
    threads: int = 1
    q_min: int = 2
    q_max: int = 56
    document: bool = False


class _Buffer(c.Structure):
    _fields_ = [("data", c.c_void_p), ("size", c.c_size_t)]


class _Config(c.Structure):
    """``vpx_codec_enc_cfg`` up to what we set; the rest is carried as it came."""

    _fields_ = [
        ("usage", c.c_uint), ("threads", c.c_uint), ("profile", c.c_uint), ("width", c.c_uint), ("height", c.c_uint),
        ("bit_depth", c.c_int), ("input_bit_depth", c.c_uint), ("time_num", c.c_int), ("time_den", c.c_int),
        ("resilient", c.c_uint32), ("passes", c.c_int), ("lag", c.c_uint), ("drop_threshold", c.c_uint),
        ("resize_allowed", c.c_uint), ("scaled_width", c.c_uint), ("scaled_height", c.c_uint),
        ("resize_up", c.c_uint), ("resize_down", c.c_uint), ("end_usage", c.c_int), ("stats", _Buffer),
        ("mb_stats", _Buffer), ("kbps", c.c_uint), ("q_min", c.c_uint), ("q_max", c.c_uint),
        ("undershoot", c.c_uint), ("overshoot", c.c_uint), ("buffer_ms", c.c_uint), ("buffer_initial", c.c_uint),
        ("buffer_optimal", c.c_uint), ("vbr_bias", c.c_uint), ("vbr_min", c.c_uint), ("vbr_max", c.c_uint),
        ("vbr_corpus", c.c_uint), ("key_mode", c.c_int), ("key_min", c.c_uint), ("key_max", c.c_uint),
        ("rest", c.c_ubyte * 2048),
    ]  # fmt: skip


class _Context(c.Structure):
    _fields_ = [("words", c.c_uint64 * 16)]  # 56 bytes are used


class _Image(c.Structure):
    _fields_ = [("words", c.c_uint64 * 32)]  # 136 bytes are used; libvpx fills it in


class _Frame(c.Structure):
    _fields_ = [
        ("data", c.c_void_p), ("size", c.c_size_t), ("pts", c.c_int64), ("duration", c.c_ulong), ("flags", c.c_uint32),
    ]  # fmt: skip


class _Packet(c.Structure):
    _fields_ = [("kind", c.c_int), ("frame", _Frame)]


@functools.cache
def _library() -> Any:
    """libvpx with the types of its functions; raises VpxError when there is none."""
    for path in _candidates():
        try:
            lib = c.CDLL(path)
            lib.vpx_codec_vp8_cx.restype = c.c_void_p
        except (OSError, AttributeError):
            continue
        context = c.POINTER(_Context)
        lib.vpx_codec_enc_config_default.argtypes = [c.c_void_p, c.POINTER(_Config), c.c_uint]
        lib.vpx_codec_enc_init_ver.argtypes = [context, c.c_void_p, c.POINTER(_Config), c.c_long, c.c_int]
        lib.vpx_codec_enc_config_set.argtypes = [context, c.POINTER(_Config)]
        lib.vpx_codec_encode.argtypes = [context, c.c_void_p, c.c_int64, c.c_ulong, c.c_long, c.c_ulong]
        lib.vpx_codec_get_cx_data.argtypes = [context, c.POINTER(c.c_void_p)]
        lib.vpx_codec_get_cx_data.restype = c.POINTER(_Packet)
        lib.vpx_codec_control_.argtypes = [context, c.c_int]  # variadic: what follows is a C int
        lib.vpx_codec_destroy.argtypes = [context]
        lib.vpx_img_wrap.argtypes = [c.POINTER(_Image), c.c_int, c.c_uint, c.c_uint, c.c_uint, c.c_void_p]
        lib.vpx_img_wrap.restype = c.c_void_p
        return lib
    raise VpxError("no libvpx is found")


def _candidates() -> list[str]:
    import av

    own = Path(av.__file__).parent.parent / "av.libs"
    carried = sorted(str(path) for path in own.glob("*vpx*") if ".so" in path.name or path.suffix == ".dll")
    system = [ctypes.util.find_library("vpx"), "libvpx.so.7"]
    return carried + [name for name in system if name]


@functools.cache
def _abi() -> int:
    """The number that ``vpx_codec_enc_init_ver`` of this library wants to hear; its header would say it."""
    lib = _library()
    for number in range(10, 80):
        config, context = _default(64, 64), _Context()
        status = lib.vpx_codec_enc_init_ver(c.byref(context), lib.vpx_codec_vp8_cx(), c.byref(config), 0, number)
        if status == 0:
            lib.vpx_codec_destroy(c.byref(context))
            return number
        if status != _ABI_MISMATCH:
            break
    raise VpxError("this libvpx cannot be opened")


def _default(width: int, height: int) -> _Config:
    lib, config = _library(), _Config()
    if lib.vpx_codec_enc_config_default(lib.vpx_codec_vp8_cx(), c.byref(config), 0):
        raise VpxError("libvpx has no VP8 encoder")
    if (config.kbps, config.q_max, config.time_den) != (256, 63, 30):
        raise VpxError("libvpx's configuration is not laid out as we know it")
    config.width, config.height = width, height
    return config


def available() -> bool:
    """Whether ``Vp8`` can be made here; the answer stays the same."""
    try:
        return _abi() > 0
    except VpxError:
        return False


class Vp8:
    """One encoder of I420 pictures of one size. Used from one thread at a time; raises VpxError."""

    def __init__(self, width: int, height: int, kbps: int, settings: Settings = Settings()) -> None:
        self.width, self.height, self.kbps, self.settings = width, height, kbps, settings
        self._lib, self._config, self._context = _library(), _default(width, height), _Context()
        config = self._config
        config.threads, config.lag, config.passes = settings.threads, 0, 0
        config.time_num, config.time_den = 1, CLOCK
        config.resilient, config.end_usage, config.resize_allowed = 0, _CBR, 0
        config.drop_threshold = 0 if settings.document else 30
        config.kbps, config.q_min, config.q_max = kbps, settings.q_min, settings.q_max
        config.undershoot, config.overshoot = 100, 15
        config.buffer_ms, config.buffer_initial, config.buffer_optimal = 1000, 500, 600
        config.key_max = 3000
        self._check(
            self._lib.vpx_codec_enc_init_ver(
                c.byref(self._context), self._lib.vpx_codec_vp8_cx(), c.byref(config), 0, _abi()
            ),
            "open",
        )
        self._open = True
        for control, value in (
            (_CPU_USED, -settings.speed),
            (_NOISE, settings.noise),
            (_STATIC, settings.static),
            (_PARTITIONS, 0),
            (_MAX_INTRA, settings.intra_percent),
            (_SCREEN, 1 if settings.document else 0),
        ):
            self._check(self._lib.vpx_codec_control_(c.byref(self._context), control, c.c_int(value)), "control")
        self._image = _Image()

    def set_rate(self, kbps: int) -> None:
        """Another target from the next picture on; no keyframe."""
        if kbps != self.kbps:
            self.kbps = self._config.kbps = kbps
            self._check(self._lib.vpx_codec_enc_config_set(c.byref(self._context), c.byref(self._config)), "set rate")

    def set_sparing(self, on: bool) -> None:
        """Whether bits that nobody would see are left unused: no finer than ``SEEN``, though the rate allows it."""
        finest = max(SEEN, self.settings.q_min) if on else self.settings.q_min
        if finest != self._config.q_min:
            self._config.q_min = finest
            self._check(self._lib.vpx_codec_enc_config_set(c.byref(self._context), c.byref(self._config)), "set finest")

    def set_static(self, threshold: int) -> None:
        """The squared differences of a block of 16 x 16 below which it is not coded again."""
        self._check(self._lib.vpx_codec_control_(c.byref(self._context), _STATIC, c.c_int(threshold)), "control")

    @property
    def sharp(self) -> bool:
        """Whether coding the same picture again would hardly make it better."""
        found = c.c_int(63)
        self._check(self._lib.vpx_codec_control_(c.byref(self._context), _QUANTIZER, c.byref(found)), "quantizer")
        return found.value <= SHARP

    def encode(self, planes: Planes, pts: int, duration: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """The coded picture and whether it is a keyframe; empty when the rate control left it out.

        ``pts`` must grow; it and ``duration`` in 1/90000 s.
        """
        if planes.shape != (self.height * 3 // 2, self.width) or not planes.flags.c_contiguous:
            raise VpxError(f"a picture of {planes.shape} for an encoder of {self.width}x{self.height}")
        self._lib.vpx_img_wrap(c.byref(self._image), _I420, self.width, self.height, 1, planes.ctypes.data)
        flags = _FORCE_KEY if keyframe else 0
        image = c.addressof(self._image)
        self._check(
            self._lib.vpx_codec_encode(c.byref(self._context), image, pts, duration, flags, _REALTIME), "encode"
        )
        place, data, key = c.c_void_p(), b"", False
        while packet := self._lib.vpx_codec_get_cx_data(c.byref(self._context), c.byref(place)):
            if packet.contents.kind == _FRAME_PACKET:
                frame = packet.contents.frame
                data += c.string_at(frame.data, frame.size)
                key = key or bool(frame.flags & _IS_KEY)
        return data, key

    def close(self) -> None:
        """Free it (again is harmless)."""
        if self._open:
            self._open = False
            self._lib.vpx_codec_destroy(c.byref(self._context))

    def __del__(self) -> None:
        if getattr(self, "_open", False):
            self.close()

    def _check(self, status: int, what: str) -> None:
        if status:
            raise VpxError(f"libvpx: {what} failed with {status}")
