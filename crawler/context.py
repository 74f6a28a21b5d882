"""What a run's saves have in common, as its profile has it."""

from __future__ import annotations

from archive.runs import RunContext
from crawler.extract import EXTRACTOR_VERSION
from crawler.profile import SiteProfile


def run_context(run_id: int, profile: SiteProfile) -> RunContext:
    """The context of a run of this profile's portal, read by today's extractor."""
    gone = profile.gone
    return RunContext(
        run_id=run_id,
        portal=profile.name,
        profile=profile.name,
        extractor_version=EXTRACTOR_VERSION,
        gone_visits=gone.visits,
        gone_days=gone.days,
        outage_share=gone.outage_share,
        outage_visits=gone.outage_visits,
        outage_days=gone.outage_days,
        rules_digest=profile.rules_digest,
    )
