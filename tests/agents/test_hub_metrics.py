# SPDX-License-Identifier: GPL-2.0-or-later
"""Metrics by the rules of Prometheus, read with a strict parser; and what is made of them: the
examples of alert rules and of a dashboard name only metrics that there are.
"""

import json
import pathlib
import re
import socket
import time

import pytest
import yaml

from agentlib.hubtest import TIMEOUT
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

REPO = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = REPO / "packaging/examples"
NAME = r"[a-z][a-z0-9_]*"
SERIES = re.compile(rf'({NAME})(?:\{{((?:{NAME}="[^"\\\n]*",?)+)\}})? (-?[0-9.e+]+)')


def scrape():
    with socket.create_connection(("127.0.0.1", 9790), TIMEOUT) as http:
        http.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        data = b""
        while chunk := http.recv(65536):
            data += chunk
    head, body = data.split(b"\r\n\r\n", 1)
    assert b"200 OK" in head and b"text/plain; version=0.0.4" in head
    return body.decode()


def parse(text):
    """{family: (type, {labels: value})}; HELP and TYPE precede the series, each once."""
    families, current, helped = {}, None, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if match := re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line):
            helped = match[1]
            assert match[2].endswith(".") and helped not in families, line
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line):
            assert match[1] == helped, line
            current = match[1]
            families[current] = (match[2], {})
        else:
            match = SERIES.fullmatch(line)
            assert match and match[1] == current, line
            series = families[current][1]
            assert match[2] not in series, line
            series[match[2]] = float(match[3])
    return families


@pytest.fixture
def families(make_hub, spoke):  # noqa: F811
    hub = make_hub(delegate=["fd00:200::/56 64"])
    one = spoke("alpha")
    one.hello(request={"prefixes": ["::/64"]})
    one.bind()
    hub.ctl("deny", "beta")
    assert spoke("beta").hello()["code"] == "denied"
    return parse(scrape())


def test_rules(families):
    for name, (kind, series) in families.items():
        assert name.startswith("lvn_") and series, name
        assert (kind == "counter") == name.endswith("_total"), name
        assert "timestamp" not in name or name.endswith("_timestamp_seconds"), name
        assert not re.search(r"(?<!timestamp)_seconds$", name), name
    # OpenMetrics names the family of a counter without its suffix
    bare = [re.sub(r"_total$", "", name) for name in families]
    assert len(set(bare)) == len(bare)


def test_values(families):
    def value(name, labels=None):
        return families[name][1][labels]
    assert value("lvn_sessions") == 1
    assert value("lvn_refusals_total", 'reason="denied"') == 1
    assert value("lvn_refusals_total", 'reason="token"') == 0
    # one was given, and three never are
    assert value("lvn_pool_addresses_used", 'pool="10.100.0.0/24"') == 4
    assert value("lvn_pool_addresses", 'pool="10.100.0.0/24"') == 256
    assert value("lvn_pool_prefixes_used", 'pool="fd00:200::/56"') == 1
    for name in ("lvn_hub_certificate_expiry_timestamp_seconds", "lvn_crl_expiry_timestamp_seconds",
                 "lvn_spoke_certificate_expiry_timestamp_seconds"):
        assert value(name) > time.time()
    assert time.time() - 120 < value("lvn_start_timestamp_seconds") <= time.time()
    (labels, one), = families["lvn_build_info"][1].items()
    assert one == 1 and 'version="' in labels and 'datapath="' in labels
    assert value("lvn_problems") == 0
    assert value("lvn_device_receive_packets_total") == 0
    assert any(labels.startswith('reason="rx-') for labels in families["lvn_device_dropped_total"][1])


def test_nothing_without_a_value(make_hub):  # noqa: F811
    """No list of revocations, no session with a certificate, no pool of prefixes: no series."""
    make_hub(crl="")
    families = parse(scrape())
    assert not [name for name in families
                if re.match("lvn_crl|lvn_spoke_certificate|lvn_pool_prefixes", name)]


def names_in(expression):
    return set(re.findall(r"\blvn_[a-z0-9_]+", expression))


def test_examples_name_what_there_is(families):
    rules = yaml.safe_load((EXAMPLES / "lvnd-alerts.yml").read_text("utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((EXAMPLES / "lvnd-dashboard.json").read_text("utf-8"))
    expressions = [rule["expr"] for rule in alerts] + [
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(alerts) >= 8 and len(expressions) > 15
    # only the data plane in user space has a fast path to tell of
    there = set(families) | {"lvn_fast_path_active"}
    for expression in expressions:
        assert names_in(expression) <= there, expression
    for rule in alerts:
        assert rule["alert"] and rule["annotations"]["summary"] and rule["labels"]["severity"]
    manual = (REPO / "docs/man/lvnd.8.scd").read_text("utf-8")
    assert names_in(manual.replace("\\", "")) <= there
