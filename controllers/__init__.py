"""The Microsoft backbone's control: apps over Ryu's interface that program the WAN switches."""
