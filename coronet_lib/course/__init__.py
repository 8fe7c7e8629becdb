"""Courses: assignments from a bank, judged from outside the student's process.

An instructor's room.  What students run is :mod:`coronet_lib.checks` alone; the bank is not in the wheel
that they install.
"""
