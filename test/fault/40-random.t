#!/bin/sh
# Clients and servers are killed at any moment, for FAULT_SECONDS.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

row_name="killed at random moments, seed $FAULT_SEED"
row_again=
row_env="FAULT_SEED=$FAULT_SEED FAULT_SECONDS=$FAULT_SECONDS"
row "$T/row" random "$FAULT_SECONDS"
rows_end
