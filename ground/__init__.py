"""What every package stands on: money, ids, time, the disk, certificates, the log.

Knows nothing of kiosks, queues or calls; imports nothing else of the house.
"""
