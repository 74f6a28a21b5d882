"""Timers people use, written out with the paths of this installation: systemd, cron, compose, GitHub Actions."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from string import Template

from crawler.errors import CrawlError


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be started, and when."""

    program: tuple[str, ...]
    """How the command is started, absolute."""
    folder: Path
    """Working folder, absolute."""
    archive: Path
    """The archive, absolute."""
    profile: str
    """A profile's name, or the absolute path of a sheet."""
    name: str
    """Names units, jobs and volumes: letters, digits and dashes."""
    hour: int = 2
    minute: int = 30
    splay: int = 30
    """Minutes; the start is put off by a random part of them, so that not everyone comes at once."""
    minutes: int = 300
    """Minutes an update may take."""
    user: str = ""
    """Who runs it under systemd; empty for the one who installs the units as their own."""

    def command(self) -> list[str]:
        """The update's command line."""
        where = ["--archive", str(self.archive), "--profile", self.profile]
        return [*self.program, "update", *where, "--minutes", str(self.minutes), "--quiet"]


def plan_name(profile: str) -> str:
    """What units and jobs are called after a profile's name or sheet."""
    stem = Path(profile).stem if profile.endswith(".toml") else profile
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "portal"


def systemd(plan: Plan) -> dict[str, str]:
    """A service and its timer: file name -> text."""
    for value in (*plan.command(), str(plan.folder)):
        if "\n" in value:
            raise CrawlError(f"{value!r} cannot stand in a unit; choose a path without line breaks")
    unit = f"portal-archive-{plan.name}"
    values = {
        "name": plan.name,
        "unit": unit,
        "user": f"User={plan.user}\n" if plan.user else "",
        "folder": _escaped(str(plan.folder)),
        "command": " ".join(_quoted(word) for word in plan.command()),
        "data": _quoted(str(plan.archive.parent)),
        "stop": plan.minutes + 30,
        "start": f"{plan.hour:02}:{plan.minute:02}",
        "splay": plan.splay,
    }
    return {f"{unit}.service": SERVICE.substitute(values), f"{unit}.timer": TIMER.substitute(values)}


def cron(plan: Plan) -> dict[str, str]:
    """A line for ``crontab -e``."""
    # cron ends a command at a percent sign and gives the rest to it as input
    line = shlex.join([*plan.command(), "--splay", str(plan.splay)]).replace("%", r"\%")
    folder = shlex.quote(str(plan.folder)).replace("%", r"\%")
    return {"crontab": CRON.substitute(minute=plan.minute, hour=plan.hour, folder=folder, line=line)}


def compose(plan: Plan) -> dict[str, str]:
    """A compose file that builds the project and runs supercronic in it."""
    inside = f"/data/{plan.archive.name}"
    profile = f"/sheets/{Path(plan.profile).name}" if plan.profile.endswith(".toml") else plan.profile
    words = ["portal-archive", "update", "--archive", inside, "--profile", profile, "--minutes", str(plan.minutes)]
    sheet = f"\n      - {_yaml(f'{plan.profile}:{profile}:ro')}" if plan.profile.endswith(".toml") else ""
    values = {
        "name": plan.name,
        "minute": plan.minute,
        "hour": plan.hour,
        "command": shlex.join([*words, "--quiet", "--splay", str(plan.splay)]),
        "data": _yaml(f"{plan.archive.parent}:/data"),
        "sheet": sheet,
        "folder": _yaml(str(plan.folder)),
        "archive": plan.archive.stem,
    }
    return {"compose.yaml": COMPOSE.substitute(values)}


def actions(plan: Plan) -> dict[str, str]:
    """A workflow for GitHub Actions."""
    profile = plan.profile
    if profile.endswith(".toml"):
        try:
            profile = str(Path(profile).relative_to(plan.folder))
        except ValueError as error:
            raise CrawlError(f"{profile} must lie in the repository ({plan.folder})") from error
    words = ["portal-archive", "update", "--archive", "data/archive.db", "--profile", profile]
    command = shlex.join([*words, "--minutes", str(min(plan.minutes, 300))])
    hour, minute = (plan.hour - 7) % 24, plan.minute or 17
    return {
        "archive.yml": ACTIONS.substitute(name=plan.name, minute=minute, hour=hour, command=command),
    }


KINDS = {"systemd": systemd, "cron": cron, "compose": compose, "actions": actions}


def _escaped(text: str) -> str:
    """systemd reads ``%`` as a specifier."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """A word of a command line as systemd reads it: percent and dollar signs doubled."""
    word = _escaped(word).replace("$", "$$")
    if re.fullmatch(r"[\w./:@=%+,~-]+", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _yaml(text: str) -> str:
    """A double-quoted YAML scalar; compose reads ``$`` as a variable."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'


SERVICE = Template("""\
# portal-archive update of $name. Put both files into /etc/systemd/system (or ~/.config/systemd/user), then:
#   systemctl daemon-reload && systemctl enable --now $unit.timer
# Secrets (PORTAL_ARCHIVE_PING=..., PORTAL_ARCHIVE_WEBHOOK=...) go into /etc/portal-archive/$name.env, mode 0600.
[Unit]
Description=Update of the portal archive $name
Documentation=man:systemd.timer(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
${user}WorkingDirectory=$folder
EnvironmentFile=-/etc/portal-archive/$name.env
ExecStart=$command
# Stopped early (3) is no failure: the next start goes on. Below expectation (2) and blocked (5) are.
SuccessExitStatus=3
TimeoutStartSec=${stop}min
# SIGTERM to the crawl alone: it stops cleanly, and its reader with it.
KillMode=mixed
TimeoutStopSec=2min
Nice=10
IOSchedulingClass=idle
MemoryMax=2G
UMask=0027
ReadWritePaths=$data
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
NoNewPrivileges=true
CapabilityBoundingSet=
LockPersonality=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
""")

TIMER = Template("""\
[Unit]
Description=Nightly update of the portal archive $name

[Timer]
OnCalendar=*-*-* $start:00 Asia/Ho_Chi_Minh
RandomizedDelaySec=${splay}min
# A night the machine slept through is made up for.
Persistent=true

[Install]
WantedBy=timers.target
""")

CRON = Template("""\
# portal-archive: every night at this machine's own time. cron mails what is written to standard error.
# An update that still runs makes the next one end at once with 4; nothing else is needed against overlap.
$minute $hour * * * cd $folder && $line
""")

COMPOSE = Template("""\
# portal-archive with supercronic: docker compose up -d
# Secrets (PORTAL_ARCHIVE_PING=...) go into portal-archive.env beside this file.
services:
  update:
    build:
      context: $folder
      dockerfile_inline: |
        FROM golang:1.24-bookworm AS cron
        RUN go install github.com/aptible/supercronic@v0.2.33
        FROM python:3.11-slim-bookworm
        COPY --from=cron /go/bin/supercronic /usr/local/bin/
        COPY . /src
        RUN pip install --no-cache-dir --require-hashes -r /src/constraints.txt && \\
            pip install --no-cache-dir --no-deps /src && useradd --uid 1000 archive
        USER archive
    restart: unless-stopped
    init: true
    # Supercronic waits for a running job when it is told to stop.
    stop_grace_period: 2m
    read_only: true
    tmpfs: [/tmp]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 2g
    environment:
      TZ: Asia/Ho_Chi_Minh
      HOME: /tmp
    env_file:
      - path: portal-archive.env
        required: false
    volumes:
      - $data$sheet
    configs:
      - source: crontab
        target: /etc/crontab.portal
    command: [supercronic, /etc/crontab.portal]
configs:
  crontab:
    content: |
      $minute $hour * * * $command
""")

ACTIONS = Template("""\
# portal-archive on GitHub Actions: .github/workflows/archive.yml
# Know its limits: schedules run late or not at all at busy hours, stop after 60 days without a commit, and portals in
# Vietnam may refuse visitors from abroad. The archive lives in the cache, which is dropped when it is not used for
# seven days or grows over 10 GB; keep the snapshots, which are uploaded with every run.
name: archive $name
on:
  schedule:
    - cron: "$minute $hour * * *" # UTC
  workflow_dispatch:
concurrency:
  group: archive-$name
  cancel-in-progress: false
permissions:
  contents: read
jobs:
  update:
    runs-on: ubuntu-latest
    timeout-minutes: 350
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: pip install --require-hashes -r constraints.txt && pip install --no-deps .
      - uses: actions/cache@v4
        with:
          path: data
          key: archive-$name-$${{ github.run_id }}
          restore-keys: archive-$name-
      - name: update
        env:
          PORTAL_ARCHIVE_PING: $${{ secrets.PORTAL_ARCHIVE_PING }}
          PORTAL_ARCHIVE_REPORTS: data/reports
        # stopped early (3) is no failure: the next run goes on
        run: $command || [ $$? -eq 3 ]
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: snapshot
          path: |
            data/snapshots/archive-latest.db
            data/reports/latest.*
          if-no-files-found: warn
""")
