"""One call measured twice on this machine: our engine at both ends, and headless Chromium at both ends.

What is the same for both: the server (a real one, through its protocol: a ticket, an offer, an accept and signed
descriptions for each call), the two windows that speak it (``windows``), the emulated link (``link``), the Y4M film
and the WAV speech that are camera and microphone (``film``), devices opened before the call, no processing of the
sound, no STUN or TURN. Only the media end differs: ``ours`` (the product's engine process, its file devices tapped) or
``browser`` (a page in Chromium). Both are looked at as a screen would, sixty times a second.

Two network namespaces hold one media end each; the link is their only interface besides the loopback, so there is no
way around it, and its counters must show what the ends say they sent. Control does not pass the link: our engine has
its pipes, a page a WebSocket on its namespace's loopback.

Evidence of each link and client, in ``bench-out/call/LINK/CLIENT/``; END is ``kiosk`` or ``operator``; ``wall_ms`` is
the milliseconds of the one clock of the machine since the epoch:

- ``setup.csv`` (call, end, what, ms): first_frame, first_sound since the accept was sent
- ``taken-END.csv`` (code, wall_ms): pictures as they left END's camera; ``shown-END.csv`` (code, wall_ms, width): as
  END showed them; ``code`` is read from the picture (-1: it could not be), counts the film's pictures and begins anew
  with the film
- ``said-END.wav`` and ``heard-END.wav`` with ``.csv`` (sample, wall_ms): the microphone's and the loudspeaker's sound,
  and when the sample was there. The mono samples are 48 kHz, 16 bit
- ``came-END.csv`` (wall_ms, sequence, timestamp, opus): of ours, the packets of sound as they came to END's buffer
- ``sound.csv`` (end, decoded, fec, concealed): packets of 20 ms, or samples, by where they came from, counted when the
  measured time begins and ends (ours with each part played: once a second, as figures are told, was too coarse)
- ``load.csv`` (end, process, cpu_s, wall_s, rss_mib, pss_mib, frames): the processes of an end while both taps are off
- ``before.csv`` (call, end, bytes): what END sent into the link from before the ticket until the accept
- ``memory.csv`` (call, end, rss_mib): after each call, while none is on
- ``cut.csv`` (what, wall_ms): ``began``, ``cut``, ``joined``, ``ended``; ``link.json``: packets seen and dropped
- ``stats-END.json``: getStats of the page, or what the engine told and was told
"""
