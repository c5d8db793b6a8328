"""Errors of the library: misuse is an exception, failing to converge is a status.

Every exception that this package raises on purpose derives from `SpinglassError`.  The command
line turns one into a single line on standard error: exit status 2 for `InputError` (the user asked
for something impossible) and `DamagedFileError` (the user gave a file that cannot be used), 1 for
everything else.
"""


class SpinglassError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(SpinglassError, ValueError):
    """A value from the caller is not allowed; the message names it and what is allowed."""


class MemoryLimitError(InputError):
    """The couplings would not fit into memory; raised before anything is allocated."""


class DamagedFileError(SpinglassError):
    """A result file is truncated, corrupted or of a foreign schema."""


class UnreadableFileError(DamagedFileError):
    """The system refuses to read a file that is there; nobody knows what is in it."""


class StorageError(SpinglassError):
    """There is no room left for a file; nothing half-written stays behind."""


class SpinglassWarning(UserWarning):
    """Something that the user should know although the work goes on."""
