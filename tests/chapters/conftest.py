"""Lets the tests of all chapters import what stands beside this file."""
