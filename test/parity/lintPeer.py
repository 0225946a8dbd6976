"""Asks the linters that know AWS and the contract standard, all in one process: a start of each costs seconds.

stdin: {"templates": [path], "policies": {name: policy}, "contracts": [path]}
stdout: {"templates": {path: [finding]}, "policies": {name: [finding]}, "contracts": {path: [finding]}}
"""

import json
import sys

import cfnlint
import parliament
from datacontract.data_contract import DataContract

# CDK asks for an order that a reference gives already; its DependsOn also brings the role's policy.
IGNORED_RULES = ["W3005"]


def lint_template(path):
    with open(path, encoding="utf-8") as file:
        config = cfnlint.ManualArgs(ignore_checks=IGNORED_RULES, include_checks=["W"])
        matches = cfnlint.lint(file.read(), config=config)
    return [f"{match.rule.id} at {'/'.join(map(str, match.path or []))}: {match.message}" for match in matches]


def lint_policy(policy):
    analyzed = parliament.analyze_policy_string(json.dumps(policy))
    findings = [parliament.enhance_finding(finding) for finding in analyzed.findings]
    return [f"{one.severity} {one.issue}: {one.detail} {one.location.get('string', '')}" for one in findings]


def lint_contract(path):
    run = DataContract(data_contract_file=path).lint()
    return [f"{check.name}: {check.reason}" for check in run.checks if check.result != "passed"]


asked = json.load(sys.stdin)
# The linters talk on stdout; nothing but the answer may be there.
answer_to, sys.stdout = sys.stdout, sys.stderr
json.dump(
    {
        "templates": {path: lint_template(path) for path in asked["templates"]},
        "policies": {name: lint_policy(policy) for name, policy in asked["policies"].items()},
        "contracts": {path: lint_contract(path) for path in asked["contracts"]},
    },
    answer_to,
)
