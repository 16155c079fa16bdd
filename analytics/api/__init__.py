"""What other apps may use of analytics: functions here, and the same over HTTP in `http`."""
