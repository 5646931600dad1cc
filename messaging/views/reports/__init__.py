"""The pages of reports: charts drawn on the server, each with its table, file and address."""
