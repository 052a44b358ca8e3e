"""cleanup - the pipeline that every message passes before it is queued (cleanup(8))."""

from pymaster.rules.cleanup.pipeline import Cleanup, Transaction
from pymaster.rules.cleanup.verdict import EXTERNAL, INTERNAL, Accepted, Rejected, flags_of

__all__ = ["EXTERNAL", "INTERNAL", "Accepted", "Cleanup", "Rejected", "Transaction", "flags_of"]
