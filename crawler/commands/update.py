"""The verb for timers: one update, from lock to report."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from crawler.commands.crawl import crawl_options, visiting
from crawler.profile import SiteProfile

if TYPE_CHECKING:
    from crawler.telling.hooks import Hooks

F = TypeVar("F", bound=Callable[..., Any])


def _secret(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A secret from the environment, or from the file ``@PATH`` names. Never from the command line: ``ps`` shows it."""
    given = ctx.get_parameter_source(param.name or "")
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{param.opts[0]}: cannot read {value[1:]}: {error}") from error
    if value and given is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            f"{param.opts[0]} is a secret: set {param.envvar}, or name a file with {param.opts[0]} @FILE"
        )
    return value


def secret(name: str, help_text: str) -> Callable[[F], F]:
    """An option whose value comes from its variable or from a file."""
    variable = f"PORTAL_ARCHIVE_{name.upper().replace('-', '_')}"
    return click.option(
        f"--{name}", default="", envvar=variable, show_envvar=True, metavar="@FILE", callback=_secret, help=help_text
    )


_HOOKS = (
    secret("ping", "Address of a dead-man check (healthchecks.io and its like): /start, then /EXIT-CODE or /fail."),
    secret("webhook", "Address that gets the report as JSON."),
    secret("webhook-token", "Sent to the webhook as a bearer token."),
    click.option("--mail-to", multiple=True, envvar="PORTAL_ARCHIVE_MAIL_TO", show_envvar=True, metavar="ADDRESS",
                 help="Who gets a mail; may be said more than once."),
    click.option("--mail-from", default="", envvar="PORTAL_ARCHIVE_MAIL_FROM", show_envvar=True, metavar="ADDRESS",
                 help="Sender of the mail; the first --mail-to when not said."),
    click.option("--smtp", default="smtp://127.0.0.1:25", envvar="PORTAL_ARCHIVE_SMTP", show_envvar=True,
                 show_default=True, metavar="URL", help="Mail server: smtp://[USER@]HOST[:PORT], or smtps:// for TLS."),
    secret("smtp-password", "Password for the mail server; sent over TLS only."),
    click.option("--tell", type=click.Choice(["problems", "always"]), default="problems", show_default=True,
                 help="When webhook and mail tell: of problems and recoveries, or of every update."),
    click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.prom",
                 envvar="PORTAL_ARCHIVE_METRICS", show_envvar=True, help="Metrics for Prometheus' textfile collector."),
    click.option("--reports", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
                 envvar="PORTAL_ARCHIVE_REPORTS", show_envvar=True,
                 help="Folder for the reports: latest and run-N, as .json, .html and .txt."),
)  # fmt: skip


def telling(command: F) -> F:
    """The options that say who is told."""
    for option in reversed(_HOOKS):
        command = option(command)
    return command


@click.command()
@visiting
@click.option("--verify/--no-verify", default=True, show_default=True, help="Prove the archive quickly after the run.")
@click.option(
    "--snapshot",
    "target",
    type=click.Path(path_type=Path),
    help="Where the copy for readers goes: a .db file, or a folder. [default: snapshots beside the archive]",
)
@click.option(
    "--splay",
    type=click.FloatRange(min=0),
    default=0,
    metavar="MINUTES",
    help="Wait a random part of this first, so that not every archive comes at the same minute.",
)
@click.option("--no-snapshot", is_flag=True, help="Make no copy for readers.")
@telling
def update(
    site: SiteProfile,
    quiet: bool,
    as_json: bool,
    verify: bool,
    target: Path | None,
    no_snapshot: bool,
    splay: float,
    **options: Any,
) -> int:
    """Visit lists, feeds and pages that are due again, judge the result, and tell how it went.

    Made for timers: start it as often as you like. It continues what a killed update left, tries failed addresses
    again, notes edits, removals and returns, and holds the run to what the profile expects and to the runs before it.
    Then it proves the archive and publishes a copy for readers; when something did not hold, the last good copy stays.
    docs/update.md tells all of it; `portal-archive schedule print` writes the timer.

    \b
    Examples, for a nightly timer:
      portal-archive update --profile bac-kan --quiet --minutes 300
      PORTAL_ARCHIVE_PING=https://hc-ping.com/UUID portal-archive update --mail-to you@example.org
    """
    from crawler import update as updating

    names = ("ping", "webhook", "webhook_token", "mail_to", "mail_from", "smtp", "smtp_password", "tell")
    hooks = _hooks(**{name: options.pop(name) for name in (*names, "metrics", "reports")})
    crawl = crawl_options("update", site, **options)
    copy = None if no_snapshot else target or crawl.archive.parent / "snapshots"
    wanted = updating.Wanted(verify=verify, snapshot=copy)
    time.sleep(random.uniform(0, splay * 60))
    return updating.update(
        updating.UpdateOptions(crawl=crawl, hooks=hooks, wanted=wanted, quiet=quiet, as_json=as_json)
    )


def _hooks(
    *,
    ping: str,
    webhook: str,
    webhook_token: str,
    mail_to: tuple[str, ...],
    mail_from: str,
    smtp: str,
    smtp_password: str,
    tell: str,
    metrics: Path | None,
    reports: Path | None,
) -> Hooks:
    from crawler import update as updating

    mail = None
    if mail_to:
        mail = updating.Mail(server=smtp, sender=mail_from or mail_to[0], to=mail_to, password=smtp_password)
    return updating.Hooks(
        ping=ping,
        webhook=webhook,
        webhook_token=webhook_token,
        mail=mail,
        metrics=metrics,
        reports=reports,
        always=tell == "always",
    )
