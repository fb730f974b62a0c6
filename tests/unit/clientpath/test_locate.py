"""``clientpath locate``: where a city is."""

from __future__ import annotations

import json

from .conftest import Clientpath


def test_every_city_of_a_name_stands_in_a_line(clientpath: Clientpath) -> None:
    said = clientpath("locate", "Lagos")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert len(lines) == 3 and "Nigeria" in lines[1] and "Portugal" in lines[2]
    assert 'place = { name = "Lagos", latitude = 6.45, longitude = 3.39 }' in lines[1]


def test_as_json(clientpath: Clientpath) -> None:
    found = json.loads(clientpath("locate", "Lagos, Portugal", "--json").out)
    assert found[0]["place"] == {"name": "Lagos", "latitude": 37.1, "longitude": -8.67}


def test_a_city_that_nobody_knows_ends_with_2(clientpath: Clientpath) -> None:
    assert clientpath("locate", "Lagox").complaint.startswith('no city is called "Lagox"; did you mean')
