# What the tenant's constitution forbids: asked beside the policy, whichever that is, and a refusal of either is final. So a
# constitution narrows, and permits nobody anything. Without one there is no data, and it refuses nothing.
#
# Input: as in policy.rego. `context.text` is what is said or remembered, `context.arguments` what a tool is given.
# Data: constitution.rules, by action, as `shared/policy/constitution/constitution.ts` makes them of the document. Each has `article` and
# `says`, and one of
#   forbid          names that may not be
#   only            names, beside which none may be
#   except          {roles, scopes}: nobody may, but who has one of them
#   patterns        that no text may match
#   max_characters  of a text; of arguments, as JSON
package soma.constitution

default allow := false

allow if count(refusals) == 0

refusals contains concat("", ["article ", rule.article, ": ", rule.says]) if {
	not exempt
	some rule in data.constitution.rules[input.action]
	breaks(rule)
}

# It cannot forbid what would replace it, or the policy, nor reading it.
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

# A rule of its own, so that what has no name is in no list: a negated expression over an undefined value would be undefined.
named(names) if input.resource.name in names

# What it must read and was not told of, it refuses.
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
