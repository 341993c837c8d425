"""Writes the entry files of `xiyuan-2012-2013`, the same bytes at every run: `python scenarios/make_scenario.py`.

The chapters of the story are in `story/`. Another folder may be named, to compare.
"""

from __future__ import annotations

import sys
from pathlib import Path

from story import (
    afterwards,
    clients,
    culture,
    exams,
    members,
    money,
    organisations,
    projects,
    review,
    school,
    services,
    stations,
    training,
    venues,
    volunteers,
    workers,
)
from story.desk import Desk

FOLDER = Path(__file__).parent / "xiyuan-2012-2013"
CHAPTERS = (
    organisations.tell,
    members.tell,
    workers.tell,
    exams.tell,
    workers.tell_changes,
    training.tell,
    projects.tell,
    clients.tell,
    services.tell,
    school.tell,
    money.tell,
    afterwards.tell,
    volunteers.tell,
    venues.tell,
    review.tell,
    stations.tell,
    culture.tell,
)


def main(folder: Path = FOLDER) -> None:
    """Tell the story, and write its files into the folder."""
    desk = Desk()
    for tell in CHAPTERS:
        tell(desk)
    desk.save(folder)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
