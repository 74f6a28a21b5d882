"""Timers are what their readers take: systemd's own check, a shell as cron starts it, YAML."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Run
from tests.little import little
from tests.test_polite import site


def printed(run: Run, kind: str, *options: object) -> str:
    done = run("schedule", "print", kind, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_takes_the_units(portal_archive: Run, tmp_path: Path) -> None:
    archive = tmp_path / "kho lưu 100%" / "a.db"
    printed(portal_archive, "systemd", "--archive", archive, "--out", tmp_path / "units", "--at", "03:05")
    units = sorted((tmp_path / "units").iterdir())
    assert [unit.name for unit in units] == ["portal-archive-bac-kan.service", "portal-archive-bac-kan.timer"]
    done = subprocess.run(["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "portal-archive" in line]
    assert (done.returncode, said) == (0, [])
    when = subprocess.run(
        ["systemd-analyze", "calendar", "*-*-* 03:05:00 Asia/Ho_Chi_Minh"], capture_output=True, text=True
    )
    assert when.returncode == 0, when.stderr
    assert "OnCalendar=*-*-* 03:05:00 Asia/Ho_Chi_Minh" in units[1].read_text()


def test_the_crontab_line_runs_as_cron_runs_it(portal_archive: Run, tmp_path: Path) -> None:
    """With cron's bare environment, its shell, and its own way with percent signs."""
    archive = tmp_path / "nửa 50%" / "a.db"
    archive.parent.mkdir()
    with little(tmp_path, site(2)) as server:
        sheet = server.sheet(tmp_path, "delay = 0\n")
        line = printed(portal_archive, "cron", "--archive", archive, "--profile", sheet, "--splay", 0).splitlines()[-1]
        minute, hour, day, month, weekday, command = line.split(" ", 5)
        assert (minute, hour, day, month, weekday) == ("30", "2", "*", "*", "*")
        command = command.replace(r"\%", "\0")
        assert "%" not in command
        bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/sh", "LOGNAME": "archive"}
        command = command.replace("\0", "%")
        here = command.replace(
            "portal-archive update", "python -m crawler update", 1
        )  # this tree, not the installed one
        here = here.replace(f"cd '{tmp_path}'", f"cd {Path(__file__).parents[1]}").replace(
            f"cd {tmp_path}", f"cd {Path(__file__).parents[1]}"
        )
        done = subprocess.run(["/bin/sh", "-c", here], env=bare, cwd="/", capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "a quiet run sends no mail"
        assert archive.exists()
        assert (archive.parent / "snapshots").is_dir()


def test_the_compose_file_and_the_workflow_are_yaml(portal_archive: Run, tmp_path: Path) -> None:
    archive = tmp_path / "d $x" / "a.db"
    made: dict[str, Any] = yaml.safe_load(printed(portal_archive, "compose", "--archive", archive))
    service = made["services"]["update"]
    assert service["volumes"] == [f"{str(archive.parent).replace('$', '$$')}:/data"]
    job = made["configs"]["crontab"]["content"].strip()
    assert job.startswith("30 2 * * * portal-archive update --archive /data/a.db --profile bac-kan")
    flow: dict[str, Any] = yaml.safe_load(printed(portal_archive, "actions", "--at", "02:30"))
    assert flow[True]["schedule"] == [{"cron": "30 19 * * *"}], "GitHub's clock is UTC; YAML 1.1 reads `on` as true"
    steps = flow["jobs"]["update"]["steps"]
    assert any(step.get("run", "").endswith("|| [ $? -eq 3 ]") for step in steps)
    assert steps[-1]["if"] == "always()"


def test_what_cannot_be_written_is_told_in_a_line(portal_archive: Run, tmp_path: Path) -> None:
    for options in (("--at", "25:00"), ("--profile", "nowhere"), ("--profile", "none.toml")):
        done = portal_archive("schedule", "print", "cron", *options)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
    (tmp_path / "file").write_text("x")
    done = portal_archive("schedule", "print", "cron", "--out", tmp_path / "file" / "x")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
