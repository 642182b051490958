"""An event as a file for other tools: MCAP and Rerun to watch it, OpenLABEL and OpenSCENARIO to hand it on."""
