"""The results in the formats of others. ``results.json`` is the master, these are made from it and hold no more."""

from harness.report.exports.crate import CRATE_FILE, CrateFile, crate_bytes
from harness.report.exports.ctrf import ctrf_bytes
from harness.report.exports.dtr import dtr_bytes
from harness.report.exports.traceability import traceability_bytes

__all__ = ["CRATE_FILE", "CrateFile", "crate_bytes", "ctrf_bytes", "dtr_bytes", "traceability_bytes"]
