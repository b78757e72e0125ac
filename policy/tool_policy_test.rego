package soma.tool_policy_test

import data.soma.policy

# The decisions of the original tool_policy.rego, one row each (row D7).
decisions := [
	["echo", {"text": "hello"}, true],
	["echo", {"text": ""}, true],
	["echo", {"text": long(10000)}, true],
	["echo", {"text": long(10001)}, false],
	["echo", {}, false],
	["echo", {"text": 5}, false],
	["timestamp", {"format": "ISO"}, true],
	["timestamp", {"format": "UNIX"}, true],
	["timestamp", {"format": "RFC3339"}, true],
	["timestamp", {"format": "US"}, true],
	["timestamp", {"format": "DENY"}, false],
	["timestamp", {"format": "iso"}, false],
	["timestamp", {"format": ""}, false],
	["timestamp", {"format": null}, false],
	["timestamp", {}, true],
	["document_ingest", {"size_bytes": 0}, true],
	["document_ingest", {"size_bytes": 52428800}, true],
	["document_ingest", {"size_bytes": 52428801}, false],
	["document_ingest", {"size_bytes": -1}, false],
	["document_ingest", {"size_bytes": "1"}, false],
	["document_ingest", {}, false],
]

long(size) := concat("", [letter | some _ in numbers.range(1, size); letter := "é"])

asks(name, context) := {
	"principal": {"id": "ada", "tenant": "t1", "roles": ["member"], "scopes": ["net"]},
	"action": "tool.execute",
	"resource": {"tenant": "t1", "name": name},
	"context": context,
}

test_original_decisions if {
	every decision in decisions {
		[name, arguments, expected] := decision
		policy.allow == expected with input as asks(name, {"arguments": arguments})
	}
}

test_an_entry_in_the_catalog_does_not_lift_a_guard if {
	not policy.allow with input as asks("timestamp", {"arguments": {"format": "DENY"}, "catalog": {"enabled": true, "scopes": []}})
}

test_other_tools_go_by_the_catalog if {
	policy.allow with input as asks("search", {"catalog": {"enabled": true, "scopes": []}})
	policy.allow with input as asks("search", {"catalog": {"enabled": true, "scopes": ["net"]}})
	not policy.allow with input as asks("search", {"catalog": {"enabled": true, "scopes": ["net", "files"]}})
	not policy.allow with input as asks("search", {"catalog": {"enabled": true}})
	not policy.allow with input as asks("search", {"catalog": {"enabled": false, "scopes": []}})
	not policy.allow with input as asks("search", {"catalog": {"enabled": "true", "scopes": []}})
	not policy.allow with input as asks("search", {"catalog": {"enabled": true, "scopes": "net"}})
	not policy.allow with input as asks("search", {})
	not policy.allow with input as asks(null, {"catalog": {"enabled": true, "scopes": []}})
}

test_a_tool_is_refused_where_its_caller_is if {
	asked := asks("echo", {"arguments": {"text": "hello"}})
	not policy.allow with input as object.union(asked, {"resource": {"tenant": "t2"}})
	not policy.allow with input as object.union(asked, {"principal": {"roles": []}})
}

test_data_names_the_calls_that_ask if {
	listed := asks("search", {"catalog": {"enabled": true, "scopes": [], "effect": "once"}})
	policy.asks == set() with input as listed
	policy.asks == {"listed"} with input as listed with data.approvals as {"tools": ["search"]}
	policy.asks == {"effect"} with input as listed with data.approvals as {"effects": ["once"]}
	policy.asks == set() with input as listed with data.approvals as {"tools": ["fetch"], "effects": ["none"]}
	policy.asks == set() with input as object.union(listed, {"action": "tool.approve"}) with data.approvals as {"tools": ["search"]}
}
