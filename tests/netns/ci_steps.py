#!/usr/bin/env python3
"""Runs the steps of docs/ci as CI would, in the working directory, and exits with the job's status.

    ci_steps.py github CHECKOUT LEFT_OUT INPUT=VALUE...
        every `run:` of action.yml except the steps in LEFT_OUT (names, separated by commas)
    ci_steps.py gitlab CHECKOUT LEFT_OUT VARIABLE=VALUE...
        the job's `script`, without the lines that contain LEFT_OUT unless that is empty
"""
import os
import subprocess
import sys

import yaml

kind, checkout, left_out = sys.argv[1:4]
given = dict(word.split("=", 1) for word in sys.argv[4:])


def github():
    action = yaml.safe_load(open(f"{checkout}/docs/ci/action.yml"))
    inputs = {name: str(spec["default"]) for name, spec in action["inputs"].items()}
    assert set(given) <= set(inputs), given
    inputs |= given
    status = 0
    skipped = set()
    for step in action["runs"]["steps"]:
        condition = step.get("if", "")
        if (status and "!cancelled()" not in condition) or any(
                f"steps.{name}.conclusion != 'skipped'" in condition for name in skipped) or (
                "inputs.fail-if != ''" in condition and not inputs["fail-if"]):
            skipped.add(step.get("id"))
            continue
        if step["name"] in left_out.split(","):
            continue
        print("---", step["name"], flush=True)
        environment = os.environ | {"GITHUB_ACTION_PATH": f"{checkout}/docs/ci"}
        for name, value in step.get("env", {}).items():
            assert value.startswith("${{ inputs.") and value.endswith(" }}"), value
            environment[name] = inputs[value[len("${{ inputs."):-len(" }}")]]
        assert step["shell"] == "bash"
        rc = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                            env=environment).returncode
        status = status or rc
    return status


def gitlab():
    job = yaml.safe_load(open(f"{checkout}/docs/ci/gitlab-ci.yml"))["mptcp-bench"]
    assert set(given) <= set(job["variables"]), given
    lines = [line for line in job["script"] if not left_out or left_out not in line]
    rc = subprocess.run(["bash", "-eo", "pipefail", "-c", "\n".join(lines)],
                        env=os.environ | job["variables"] | given).returncode
    for names in job["artifacts"]["reports"].values():
        for name in names if isinstance(names, list) else [names]:
            assert rc in (2, 77) or os.path.getsize(name) > 0, name
    return rc


sys.exit({"github": github, "gitlab": gitlab}[kind]())
