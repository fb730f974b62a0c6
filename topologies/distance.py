"""How far apart two places are: along the globe, and there and back for light in a fibre."""

from math import asin, cos, radians, sin, sqrt

from topologies.places import Place

# Mean radius R1 of the Earth: H. Moritz, Geodetic Reference System 1980.
EARTH_RADIUS_KM = 6371.0088

# Speed of light in vacuum (exact, SI) over the group index of single-mode fibre at 1550 nm, as on the data
# sheet of Corning SMF-28: 1.468.
VACUUM_KM_PER_MS = 299.792458
FIBRE_GROUP_INDEX = 1.468


def great_circle_km(a: Place, b: Place) -> float:
    """Return the length of the shortest way over a spherical Earth, in kilometres (haversine)."""
    north_a, north_b = radians(a.latitude), radians(b.latitude)
    half_north = (north_b - north_a) / 2
    half_east = radians(b.longitude - a.longitude) / 2
    haversine = sin(half_north) ** 2 + cos(north_a) * cos(north_b) * sin(half_east) ** 2
    # Rounding can carry two antipodes past 1, where asin has no value.
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine)))


def fibre_rtt_ms(a: Place, b: Place, path_stretch: float) -> float:
    """Return the round trip in milliseconds over a fibre `path_stretch` times as long as the great circle."""
    return 2 * great_circle_km(a, b) * path_stretch * FIBRE_GROUP_INDEX / VACUUM_KM_PER_MS
