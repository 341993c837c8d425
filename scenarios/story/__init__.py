"""The street's story of 2012-2013 as told by `make_scenario.py`: a chapter a module, each writing its entry files."""
