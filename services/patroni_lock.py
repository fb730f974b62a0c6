"""How Patroni keeps the lock of the active copy in etcd: mended.

Debian 12 has Patroni 3.0.2. Where a leader's session has run out, that one writes the lock anew, whoever has
it meanwhile: after a cut link an old copy became the active one again, and what the new one had acknowledged
was lost. Later versions have etcd compare first (patroni/patroni#2689, in 3.0.3), as is done here.
"""

from __future__ import annotations

import time
from typing import Any

LEAST_S = 1.0  # of what is left of the time that Patroni gives its retries


def mend() -> None:
    """Have Patroni, in this process, keep its lock only while it is its own."""
    from patroni.dcs import catch_return_false_exception
    from patroni.dcs.etcd3 import Etcd3

    Etcd3._update_leader = catch_return_false_exception(keep_lock)


def keep_lock(dcs: Any) -> bool:
    """Renew the session, and put a new one into the lock if this copy has it; tell whether it has."""
    from patroni.dcs.etcd3 import Etcd3Error, base64_encode

    retry = dcs._retry.copy()

    def again(*arguments: Any, **options: Any) -> Any:
        return retry(*arguments, **{**options, "retry": retry})

    dcs._run_and_handle_exceptions(dcs._do_refresh_lease, True, retry=again)
    leader = dcs.cluster and dcs.cluster.leader
    if leader and leader.session == dcs._lease:
        return True
    retry.deadline = retry.stoptime - time.time()
    if retry.deadline < LEAST_S:
        raise Etcd3Error("there is no time left to keep the lock")
    key, name = base64_encode(dcs.leader_path), base64_encode(dcs._name)
    compare = {"key": key, "target": "VALUE", "value": name}
    put = {"request_put": {"key": key, "value": name, "lease": dcs._lease}}
    return bool(dcs._run_and_handle_exceptions(dcs._client.txn, compare, put, retry=again))
