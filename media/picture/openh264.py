"""Adapter: OpenH264's encoder by ctypes: H.264 constrained baseline in real time (docs/decisions/0048).

Shapes and numbers are those of ``wels/codec_api.h`` and ``wels/codec_app_def.h`` of OpenH264 2.0 to 2.4; 2.6 has longer
structures, so that a library of another version is not used. An encoder is a pointer to a pointer to a table
of functions (``ISVCEncoderVtbl``), each of which is given the first pointer.
"""

from __future__ import annotations

import ctypes as c
import functools
import os
from typing import Any

import numpy as np

from ground.logs import get_logger
from media.errors import MediaError
from media.picture.planes import Planes

LIBRARY = "INFOMAT_OPENH264"  # names a library to use instead of the system's: Cisco's own build, say
VERSIONS = ((2, 0), (2, 4))
TINY = 200  # bytes of a picture in which nothing was coded anew
SHARP_AFTER = 12  # of them in a row: fewer may only pay for a large picture before
_SYSTEM = ("libopenh264.so.7", "libopenh264.so.6", "openh264-2.4.1-win64.dll", "libopenh264.7.dylib")
_CLOCK = 90  # of RTP, a millisecond
_CAMERA, _SCREEN = 0, 1  # EUsageType
_BITRATE_MODE = 1  # RC_MODES
_BASELINE, _LOW, _MEDIUM, _CONSTANT_ID = 66, 0, 1, 0
_FRAME_RATE, _BITRATE, _TRACE_LEVEL = 4, 5, 25  # ENCODER_OPTION
_ALL_LAYERS = 4
_I420 = 23
_IDR, _SKIPPED = 1, 4  # EVideoFrameType

_log = get_logger()


class OpenH264Error(MediaError):
    """OpenH264 is missing, is of another version, or refuses."""

    code = "media.openh264"


class _Slices(c.Structure):
    """``SSliceArgument``."""

    _fields_ = [("mode", c.c_int), ("count", c.c_uint), ("blocks", c.c_uint * 35), ("most_bytes", c.c_uint)]


class _Layer(c.Structure):
    """``SSpatialLayerConfig``; what is written into the header about colours and shape is carried as it came."""

    _fields_ = [
        ("width", c.c_int), ("height", c.c_int), ("fps", c.c_float), ("bitrate", c.c_int), ("max_bitrate", c.c_int),
        ("profile", c.c_int), ("level", c.c_int), ("qp", c.c_int), ("slices", _Slices), ("signal", c.c_ubyte * 8),
        ("aspect", c.c_int), ("aspect_width", c.c_ushort), ("aspect_height", c.c_ushort),
    ]  # fmt: skip


class _Parameters(c.Structure):
    """``SEncParamExt``."""

    _fields_ = [
        ("usage", c.c_int), ("width", c.c_int), ("height", c.c_int), ("bitrate", c.c_int), ("rate_mode", c.c_int),
        ("fps", c.c_float), ("temporal_layers", c.c_int), ("spatial_layers", c.c_int), ("layers", _Layer * 4),
        ("complexity", c.c_int), ("intra_period", c.c_uint), ("references", c.c_int), ("id_strategy", c.c_int),
        ("prefix_nal", c.c_bool), ("ssei", c.c_bool), ("simulcast", c.c_bool), ("padding", c.c_int),
        ("cabac", c.c_int), ("frame_skip", c.c_bool), ("max_bitrate", c.c_int), ("max_qp", c.c_int),
        ("min_qp", c.c_int), ("max_nal", c.c_uint), ("long_term", c.c_bool), ("long_term_count", c.c_int),
        ("long_term_period", c.c_uint), ("threads", c.c_ushort), ("balancing", c.c_bool), ("unfiltered", c.c_int),
        ("filter_alpha", c.c_int), ("filter_beta", c.c_int), ("denoise", c.c_bool), ("background", c.c_bool),
        ("adaptive_quant", c.c_bool), ("cropping", c.c_bool), ("scene_change", c.c_bool), ("lossless", c.c_bool),
        ("fix_overshoot", c.c_bool), ("idr_percent", c.c_int),
    ]  # fmt: skip


class _Picture(c.Structure):
    """``SSourcePicture``; time in milliseconds."""

    _fields_ = [
        ("format", c.c_int), ("strides", c.c_int * 4), ("planes", c.c_void_p * 4), ("width", c.c_int),
        ("height", c.c_int), ("time", c.c_longlong),
    ]  # fmt: skip


class _LayerBits(c.Structure):
    """``SLayerBSInfo``."""

    _fields_ = [
        ("ids", c.c_ubyte * 3), ("frame_type", c.c_int), ("layer_type", c.c_ubyte), ("sub_sequence", c.c_int),
        ("count", c.c_int), ("lengths", c.POINTER(c.c_int)), ("data", c.c_void_p),
    ]  # fmt: skip


class _Bits(c.Structure):
    """``SFrameBSInfo``."""

    _fields_ = [
        ("count", c.c_int), ("layers", _LayerBits * 128), ("frame_type", c.c_int), ("size", c.c_int),
        ("time", c.c_longlong),
    ]  # fmt: skip


class _Rate(c.Structure):
    """``SBitrateInfo``."""

    _fields_ = [("layer", c.c_int), ("bitrate", c.c_int)]


class _Version(c.Structure):
    """``OpenH264Version``."""

    _fields_ = [("major", c.c_uint), ("minor", c.c_uint), ("revision", c.c_uint), ("reserved", c.c_uint)]


_Self = c.c_void_p


class _Table(c.Structure):
    """``ISVCEncoderVtbl``."""

    _fields_ = [
        ("initialize", c.CFUNCTYPE(c.c_int, _Self, c.c_void_p)),
        ("initialize_ext", c.CFUNCTYPE(c.c_int, _Self, c.POINTER(_Parameters))),
        ("get_default_params", c.CFUNCTYPE(c.c_int, _Self, c.POINTER(_Parameters))),
        ("uninitialize", c.CFUNCTYPE(c.c_int, _Self)),
        ("encode_frame", c.CFUNCTYPE(c.c_int, _Self, c.POINTER(_Picture), c.POINTER(_Bits))),
        ("encode_parameter_sets", c.CFUNCTYPE(c.c_int, _Self, c.POINTER(_Bits))),
        ("force_intra_frame", c.CFUNCTYPE(c.c_int, _Self, c.c_bool, c.c_int)),
        ("set_option", c.CFUNCTYPE(c.c_int, _Self, c.c_int, c.c_void_p)),
        ("get_option", c.CFUNCTYPE(c.c_int, _Self, c.c_int, c.c_void_p)),
    ]  # fmt: skip


@functools.cache
def _library() -> Any:
    """OpenH264 with the types of its functions; raises OpenH264Error when there is none that we know."""
    named = os.environ.get(LIBRARY)
    for path in (named,) if named else _SYSTEM:
        try:
            lib = c.CDLL(path)
            lib.WelsGetCodecVersionEx.argtypes = [c.POINTER(_Version)]
        except (OSError, AttributeError):
            continue
        version = _Version()
        lib.WelsGetCodecVersionEx(c.byref(version))
        if not VERSIONS[0] <= (version.major, version.minor) <= VERSIONS[1]:
            raise OpenH264Error(f"{path} is version {version.major}.{version.minor}")
        lib.WelsCreateSVCEncoder.argtypes = [c.POINTER(c.c_void_p)]
        lib.WelsDestroySVCEncoder.argtypes = [c.c_void_p]
        lib.WelsDestroySVCEncoder.restype = None
        return lib
    raise OpenH264Error(f"no {named or _SYSTEM[0]} is found")


@functools.cache
def available() -> bool:
    """Whether pictures can be coded here; why not is in the log. The answer stays the same.

    One small picture is coded: structures that are laid out otherwise than we know would show in it.
    """
    try:
        encoder = H264(64, 48, 100)
        data, key = encoder.encode(np.full((72, 64), 128, dtype=np.uint8), 0, 3000, keyframe=False)
        encoder.close()
        if not key or data[:6] != bytes((0, 0, 0, 1, 0x67, _BASELINE)):
            raise OpenH264Error("this OpenH264 does not code as we know it")
    except OpenH264Error as error:
        _log.warning("H.264 is not offered", reason=str(error))
        return False
    return True


class H264:
    """One encoder of I420 pictures of one size. Used from one thread at a time; raises OpenH264Error.

    ``document`` for sharp still content: no picture is left out, and a whole one may be large.
    """

    def __init__(self, width: int, height: int, kbps: int, document: bool = False, fps: int = 30) -> None:
        self.width, self.height, self.kbps, self.document = width, height, kbps, document
        self._fps, self._tiny = float(fps), 0
        self._lib, self._self = _library(), c.c_void_p()
        if self._lib.WelsCreateSVCEncoder(c.byref(self._self)) or not self._self:
            raise OpenH264Error("OpenH264 makes no encoder")
        self._open = True
        self._calls: Any = c.cast(self._self, c.POINTER(c.POINTER(_Table))).contents.contents
        self._option(_TRACE_LEVEL, c.c_int(0))
        self._check(self._calls.initialize_ext(self._self, c.byref(self._parameters())), "open")
        self._bits = _Bits()

    def _parameters(self) -> _Parameters:
        made = _Parameters()
        self._check(self._calls.get_default_params(self._self, c.byref(made)), "defaults")
        if (made.references, made.threads, made.spatial_layers, made.max_qp) != (-1, 1, 1, 51):
            raise OpenH264Error("OpenH264's parameters are not laid out as we know them")
        made.usage = _SCREEN if self.document else _CAMERA
        made.width, made.height, made.bitrate, made.fps = self.width, self.height, self.kbps * 1000, self._fps
        made.rate_mode, made.frame_skip, made.complexity = _BITRATE_MODE, not self.document, _LOW
        made.id_strategy, made.references = _CONSTANT_ID, 1
        made.scene_change = False  # a keyframe is for who asks; a sudden change is coded by blocks of its own
        made.adaptive_quant = False
        layer = made.layers[0]
        layer.width, layer.height, layer.fps, layer.bitrate = self.width, self.height, self._fps, made.bitrate
        layer.profile = _BASELINE
        return made

    def set_rate(self, kbps: int) -> None:
        """Another target from the next picture on; no keyframe."""
        if kbps != self.kbps:
            self.kbps = kbps
            self._option(_BITRATE, _Rate(_ALL_LAYERS, kbps * 1000))

    def set_sparing(self, on: bool) -> None:
        """Its finest quantizer is told once; it leaves bits unused by itself where nothing moves."""

    def set_static(self, threshold: int) -> None:
        """OpenH264 finds what stands still by itself."""

    @property
    def sharp(self) -> bool:
        """Whether coding the same picture again would hardly make it better."""
        return self._tiny >= SHARP_AFTER

    def encode(self, planes: Planes, pts: int, duration: int, keyframe: bool = False) -> tuple[bytes, bool]:
        """The coded picture (Annex B) and whether it is a keyframe; empty when the rate control left it out.

        ``pts`` must grow; it and ``duration`` in 1/90000 s. Parameter sets come with each keyframe.
        """
        if planes.shape != (self.height * 3 // 2, self.width) or not planes.flags.c_contiguous:
            raise OpenH264Error(f"a picture of {planes.shape} for an encoder of {self.width}x{self.height}")
        fps = min(30.0, max(1.0, round(1000 * _CLOCK / max(1, duration))))
        if fps != self._fps:
            self._fps = fps
            self._option(_FRAME_RATE, c.c_float(fps))
        if keyframe:
            self._check(self._calls.force_intra_frame(self._self, True, -1), "keyframe")
        area, place, half = self.width * self.height, planes.ctypes.data, self.width // 2
        parts = (place, place + area, place + area * 5 // 4, None)
        strides = (self.width, half, half, 0)
        picture = _Picture(_I420, strides, parts, self.width, self.height, pts // _CLOCK)
        bits = self._bits
        self._check(self._calls.encode_frame(self._self, c.byref(picture), c.byref(bits)), "encode")
        if bits.frame_type == _SKIPPED:
            return b"", False
        data = b"".join(
            c.string_at(layer.data, sum(layer.lengths[: layer.count])) for layer in bits.layers[: bits.count]
        )
        self._tiny = self._tiny + 1 if len(data) < TINY else 0
        return data, bits.frame_type == _IDR

    def close(self) -> None:
        """Free it (again is harmless)."""
        if self._open:
            self._open = False
            self._calls.uninitialize(self._self)
            self._lib.WelsDestroySVCEncoder(self._self)

    def __del__(self) -> None:
        if getattr(self, "_open", False):
            self.close()

    def _option(self, option: int, value: Any) -> None:
        self._check(self._calls.set_option(self._self, option, c.byref(value)), "option")

    def _check(self, status: int, what: str) -> None:
        if status:
            raise OpenH264Error(f"OpenH264: {what} failed with {status}")
