"""The world of the payment chaos run: our own payment code on a clock, a disk and a wire that are made of faults.

``world`` is one run; ``agent``, ``server``, ``terminal`` the processes that are killed in it; ``life`` what dying is;
``virtual_time`` the loop; ``wire`` the network; ``mutations`` what is taken away to see whether the run finds it.
"""
