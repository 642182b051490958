"""Services on one machine: Airflow and Trino, as `make airflow` and `make trino` start them."""
