"""The command line: words and options in, tables and exit status out. The only room that prints."""
