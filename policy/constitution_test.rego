package soma.constitution_test

import data.soma.constitution

asks(action, resource, context) := {
	"principal": {"id": "ada", "tenant": "t1", "roles": ["member"], "scopes": ["files"]},
	"action": action,
	"resource": object.union({"tenant": "t1"}, resource),
	"context": context,
}

rules := {
	"tool.execute": [
		{"article": "1", "says": "No echo.", "forbid": ["echo"]},
		{"article": "2", "says": "No cards.", "patterns": [`\b[0-9]{16}\b`]},
		{"article": "3", "says": "Short.", "max_characters": 60},
	],
	"model.invoke": [{"article": "4", "says": "Small alone.", "only": ["small"]}],
	"session.export": [{"article": "5", "says": "Admins export.", "except": {"roles": ["admin"], "scopes": ["export"]}}],
	"memory.write": [
		{"article": "6", "says": "No cards.", "patterns": [`\b[0-9]{16}\b`]},
		{"article": "7", "says": "Short.", "max_characters": 20},
	],
	"constitution.read": [{"article": "8", "says": "Hidden.", "except": {"roles": [], "scopes": []}}],
	"admin.constitution.update": [{"article": "8", "says": "Permanent.", "except": {"roles": [], "scopes": []}}],
	"admin.policy.update": [{"article": "8", "says": "Permanent.", "except": {"roles": [], "scopes": []}}],
}

says(asked) := given if {
	given := constitution.refusals with input as asked with data.constitution.rules as rules
}

test_without_a_constitution_everything_is_allowed if {
	constitution.allow with input as asks("tool.execute", {"name": "echo"}, {})
	constitution.refusals == set() with input as asks("tool.execute", {"name": "echo"}, {})
}

test_a_request_without_a_matching_article_is_allowed if {
	says(asks("session.read", {"name": "echo"}, {"text": "4111111111111111"})) == set()
	says({}) == set()
	says(null) == set()
}

test_allow_requires_that_no_article_is_violated if {
	constitution.allow with input as asks("model.invoke", {"name": "small"}, {}) with data.constitution.rules as rules
	not constitution.allow with input as asks("model.invoke", {"name": "large"}, {}) with data.constitution.rules as rules
}

test_a_forbidden_name if {
	says(asks("tool.execute", {"name": "echo"}, {"arguments": {}})) == {"article 1: No echo."}
	says(asks("tool.execute", {"name": "timestamp"}, {"arguments": {}})) == set()
}

test_only_listed_names if {
	says(asks("model.invoke", {"name": "small"}, {})) == set()
	says(asks("model.invoke", {"name": "large"}, {})) == {"article 4: Small alone."}
	says(asks("model.invoke", {}, {})) == {"article 4: Small alone."}
}

test_only_excepted_principals_pass if {
	asked := asks("session.export", {}, {})
	says(asked) == {"article 5: Admins export."}
	says(object.union(asked, {"principal": {"roles": ["admin"]}})) == set()
	says(object.union(asked, {"principal": {"roles": ["owner"]}})) == set()
	says(object.union(asked, {"principal": {"scopes": ["admin"]}})) == set()
	says(object.union(asked, {"principal": {"scopes": ["export"]}})) == set()
	says(object.union(asked, {"principal": {"scopes": ["exports"], "roles": ["export"]}})) == {"article 5: Admins export."}
}

test_a_pattern_is_searched_in_texts_and_arguments if {
	says(asks("memory.write", {}, {"text": "pay 4111111111111111"})) == {"article 6: No cards."}
	says(asks("memory.write", {}, {"text": "pay 4111"})) == set()
	says(asks("tool.execute", {"name": "t"}, {"arguments": {"a": [{"b": "4111111111111111"}]}})) == {"article 2: No cards."}
	says(asks("tool.execute", {"name": "t"}, {"arguments": {"4111111111111111": 1}})) == {"article 2: No cards."}
}

test_a_size_counts_characters if {
	says(asks("memory.write", {}, {"text": "12345678901234567890"})) == set()
	says(asks("memory.write", {}, {"text": "123456789012345678901"})) == {"article 7: Short."}
	says(asks("memory.write", {}, {"text": "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"})) == set()
	says(asks("tool.execute", {"name": "t"}, {"arguments": {"a": "123456789 123456789 123456789 123456789 123456789 123456789"}})) == {"article 3: Short."}
}

test_an_unreadable_text_is_denied if {
	says(asks("memory.write", {}, {})) == {"article 6: No cards.", "article 7: Short."}
	says(asks("memory.write", {}, {"text": 1})) == {"article 6: No cards.", "article 7: Short."}
	says(asks("tool.execute", {"name": "t"}, {"arguments": null})) == {"article 2: No cards.", "article 3: Short."}
}

test_it_cannot_forbid_its_own_replacement if {
	says(asks("constitution.read", {}, {})) == set()
	says(asks("admin.constitution.update", {}, {})) == set()
	says(asks("admin.policy.update", {}, {})) == set()
}
