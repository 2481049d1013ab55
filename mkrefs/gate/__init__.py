"""The gate that finished reference files pass: checks of whether their values and headers are good ones.

The checks come from plugins; here is what they are given, the limits in force, and what they found. Whether
a file is valid is the business of `mkrefs.certification`.
"""
