# The articles of the tenant's constitution that a request violates. The policy is checked too; either can deny.
# A constitution only narrows: it permits nothing. A tenant without one has no data here, and nothing is denied.
#
# Input: as in policy.rego. `context.text` is the message or memory. `context.arguments` are a tool's arguments.
# Data: constitution.rules, by action. `shared/policy/constitution/constitution.ts` makes them. Each rule has `article` and
# `says`, and one of these:
#   forbid          names that are denied
#   only            the only names that are allowed
#   except          {roles, scopes}: denied to principals that have none of them
#   patterns        patterns that no text may match
#   max_characters  the longest text; for arguments, the longest JSON
package soma.constitution

default allow := false

allow if count(refusals) == 0

refusals contains concat("", ["article ", rule.article, ": ", rule.says]) if {
	not exempt
	some rule in data.constitution.rules[input.action]
	breaks(rule)
}

# These actions replace or read the policy and the constitution. A constitution cannot forbid them.
exempt if input.action == "constitution.read"

exempt if startswith(input.action, "admin.constitution.")

exempt if startswith(input.action, "admin.policy.")

breaks(rule) if named(rule.forbid)

breaks(rule) if {
	_ = rule.only
	not named(rule.only)
}

breaks(rule) if {
	_ = rule.except
	not excepted(rule.except)
}

breaks(rule) if {
	some pattern in rule.patterns
	some text in texts
	regex.match(pattern, text)
}

breaks(rule) if count(input.context.text) > rule.max_characters

breaks(rule) if count(json.marshal(input.context.arguments)) > rule.max_characters

# A separate rule. A negated expression over an undefined name would be undefined, so a request without a name would pass.
named(names) if input.resource.name in names

# A rule that must read a text denies when it gets none.
breaks(rule) if {
	reading(rule)
	not readable
}

reading(rule) if _ = rule.patterns

reading(rule) if _ = rule.max_characters

excepted(those) if {
	some role in those.roles
	role in data.soma.policy.roles
}

excepted(those) if {
	some scope in those.scopes
	scope in input.principal.scopes
}

readable if is_string(input.context.text)

readable if is_object(input.context.arguments)

texts contains input.context.text if is_string(input.context.text)

texts contains text if {
	walk(input.context.arguments, [_, text])
	is_string(text)
}

texts contains name if {
	walk(input.context.arguments, [path, _])
	some name in path
	is_string(name)
}
