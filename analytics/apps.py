"""Analytics: brings COVID-19 data in as snapshots and shows it; the insights site lives here."""

from django.apps import AppConfig

from analytics.insights.overview import front_page


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        # A release whose front page is misspelt must not start: its health check fails before it takes traffic.
        front_page.read()
