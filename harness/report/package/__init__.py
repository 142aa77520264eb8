"""The evidence package: a signed BagIt bag of report, results, plan, records and evidence, and its verification.

``collect`` reads report and run folders, ``seal`` writes the package, ``verify`` checks one and needs nothing but it
and the roots that the reader trusts. Whoever seals and whoever verifies share the layout and the hashing rules only.
"""
