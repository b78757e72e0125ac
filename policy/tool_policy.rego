# Which tool calls may run, by tool and arguments. `soma/policy/allow` asks it for the action `tool.execute`; policy.rego
# describes the input. A tool that is named here has its own rule. Any other tool runs if its catalog entry allows it:
# `context.catalog` is that entry, {enabled, scopes}. The principal must have every scope that it lists.
package soma.tool_policy

default permitted := false

# Longest text that `echo` takes, in characters.
echo_limit := 10000

# Largest document that is ingested: 50 MB.
ingest_limit_bytes := (50 * 1024) * 1024

time_formats := {"ISO", "UNIX", "RFC3339", "US"}

guarded := {"echo", "timestamp", "document_ingest"}

permitted if {
	input.resource.name == "echo"
	is_string(input.context.arguments.text)
	count(input.context.arguments.text) <= echo_limit
}

permitted if {
	input.resource.name == "timestamp"
	input.context.arguments.format != "DENY"
	input.context.arguments.format in time_formats
}

# Without a format, the timestamp is ISO 8601.
permitted if {
	input.resource.name == "timestamp"
	is_object(input.context.arguments)
	not has_format
}

has_format if _ = input.context.arguments.format

permitted if {
	input.resource.name == "document_ingest"
	is_number(input.context.arguments.size_bytes)
	input.context.arguments.size_bytes >= 0
	input.context.arguments.size_bytes <= ingest_limit_bytes
}

permitted if {
	is_string(input.resource.name)
	not input.resource.name in guarded
	input.context.catalog.enabled == true
	every scope in input.context.catalog.scopes {
		scope in input.principal.scopes
	}
}

# Calls that run only after an approval: the reasons to ask. An empty set asks nothing. A denial outweighs it.
# `data.approvals` comes with an uploaded policy: {"tools": [names], "effects": ["once"]}.
asks contains "listed" if input.resource.name in data.approvals.tools

asks contains "effect" if input.context.catalog.effect in data.approvals.effects
