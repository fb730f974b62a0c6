"""A small planet with health-checked DNS: who asks from where, what fails, and how it is checked."""

from __future__ import annotations

from topologies.health import Health

CLIENT, RESOLVER, AUTHORITY, REGIONAL = "ada", "lagdns", "ms", "edge"
FAILS, NEXT = "nbo", "fra"  # the nearest to Lagos, and the next one, where the name servers are
PORTAL = "portal.office.com"
OF = {
    "nbo": "portal-office365-com.emeakenya.b-msedge.net",
    "fra": "portal-office365-com.emeagermany.b-msedge.net",
    "osa": "portal-office365-com.apacjapan.b-msedge.net",
}
FAST = Health(interval_s=10, tolerated_failures=1, timeout_s=5)
WAYS = {
    "ttl-0": FAST.model_copy(update={"ttl_s": 0}),
    "ttl-30": FAST.model_copy(update={"ttl_s": 30}),
    "ttl-300": Health(interval_s=30, tolerated_failures=3, timeout_s=10, ttl_s=300),
    "geographic": FAST.model_copy(update={"ttl_s": 0, "profile": "geographic"}),
}
OFTEN_S, SELDOM_S = 0.005, 1.0  # around the moment of a new verdict authorities are asked often, else seldom
FAILS_AFTER_S = 3.25  # after a probe
BACK_AFTER_S = 1.25  # after a probe's timeout: none is under way
TENANT, ACTIVE, SECOND = "adventure", "osa", "fra"
SITE = "adventure.sharepoint.com"
