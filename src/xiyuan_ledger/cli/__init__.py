"""The command line `xiyuan`: data on stdout, talk on stderr, in Chinese or English."""
