"""uvicorn's server without its ticking: ten times a second it looks whether it is to end, and at the date.

Where time jumps over whatever is quiet, each look costs, and a guest has a server in each datacenter. nginx
in front of it tells the date.
"""

from __future__ import annotations

import asyncio
from types import FrameType

import uvicorn


class QuietServer(uvicorn.Server):
    """Serves until a signal comes."""

    async def main_loop(self) -> None:
        """Wait for the signal."""
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        if not await self.on_tick(0):  # answers have their headers from there
            await self._over.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal that ends the server."""
        super().handle_exit(sig, frame)
        if hasattr(self, "_over"):
            self._loop.call_soon_threadsafe(self._over.set)
