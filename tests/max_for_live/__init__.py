"""The Max for Live device, without Max and without Live."""
