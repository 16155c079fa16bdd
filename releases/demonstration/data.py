"""The dataset that the sample's pages read, as a service with one environment: its snapshots are released like code."""

from releases.measures import registry as measures
from releases.models import Environment, Service
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.policy import Policy

SLUG = "covid-cases"
PLAN = plans.all_at_once(bake_s=20)
# What passes every check promotes itself; what doesn't waits for a person.
POLICY = Policy(approvals_needed=0, promotes_by_itself=True)


def rows() -> None:
    """Will make the service and its environment where they are missing."""
    service, _ = Service.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "COVID-19 data",
            "kind": Service.Kind.DATASET,
            "description": "Cases, deaths, tests and vaccinations by country and day: what the insights pages read.",
        },
    )
    Environment.objects.get_or_create(
        service=service,
        name="pages",
        defaults={
            "target": "dataset",
            "target_config": {"dataset": SLUG, "pages": "/data/"},
            "measure": measures.NONE,
            "plan_json": plans.to_json(PLAN),
            "policy_json": policies.to_json(POLICY),
            "address": "/data/",
        },
    )
