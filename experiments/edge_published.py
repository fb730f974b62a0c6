"""What others have measured at real edges: numbers, each with its source."""

from __future__ import annotations

from topologies.base import Frozen

CALDER = "Calder et al., IMC 2015"
CHEN = "Chen et al., SIGCOMM 2015"
LOCALITY = "Chen et al., cited by Calder et al."
ACDC = "c7solutions.com, 2017"
SPLIT = "Pathak et al., PAM 2010"
EXAMPLE = 'Microsoft, "Content delivery networks"'


class Published(Frozen):
    """One number of a publication, in words as it is shown, and who published it."""

    what: str
    number: str
    source: str


SUBOPTIMAL = Published(what="anycast: another front door than the best", number="20 %", source=CALDER)
WORSE_25 = Published(what="anycast: 25 ms or more behind the best of three", number="20 %", source=CALDER)
WORSE_100 = Published(what="anycast: 100 ms or more behind it", number="just under 10 %", source=CALDER)
NEAREST = Published(what="anycast: at the nearest front door", number="55 %", source=CALDER)
WITHIN_400 = Published(what="anycast: up to 400 km beyond the nearest", number="75 %", source=CALDER)
WITHIN_1375 = Published(what="anycast: up to 1,375 km beyond the nearest", number="90 %", source=CALDER)
HELPED = Published(what="DNS by own resolver: nearer than by anycast", number="27 %", source=CALDER)
HURT = Published(what="DNS by own resolver: farther than by anycast", number="17 %", source=CALDER)
HELPED_TOLD = Published(what="DNS with client subnet: nearer than by anycast", number="30 %", source=CALDER)
HURT_TOLD = Published(what="DNS with client subnet: farther than by anycast", number="10 %", source=CALDER)
FAR_RESOLVER = Published(
    what="clients more than 500 km from their own resolver", number="11 to 12 %", source=LOCALITY
)
FARTHER = Published(what="public resolver: distance, without client subnet", number="8 times", source=CHEN)
SLOWER = Published(what="public resolver: round trip, without client subnet", number="2 times", source=CHEN)
QUERIES = Published(
    what="public resolver: questions to authorities, with client subnet", number="8 times", source=CHEN
)
GAIN = Published(what="Exchange: less to a front door nearby than home", number="100 ms", source=ACDC)
FASTER = Published(
    what="split TCP: less time than straight to the datacenter", number="43 % at most (95th percentile)",
    source=SPLIT,
)  # fmt: skip
FROM_LIBRARY = Published(what="static file: from the library", number="1,510 ms", source=EXAMPLE)
FROM_CONTENT = Published(what="static file: from the content network", number="496 ms", source=EXAMPLE)
CUMULATIVE = ((25.0, 80.0), (100.0, 90.0))
"""How many percent of requests by anycast were less than so many ms behind the best: Calder et al."""
