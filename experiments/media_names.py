"""The calls of the experiment on media quality, by the names that their captures have."""

IDEAL, NEAREST, TENANT, FORCED, SPLIT = "ideal", "nearest", "tenant", "forced", "split"
LOSSY, CONGESTED, QUEUED = "lossy", "congested", "queued"
BLOCKED, BLOCKED_LOSSY = "blocked", "blocked-lossy"
