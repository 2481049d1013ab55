"""Compares a reference file with the previous one of its kind, array by array; judges nothing."""
