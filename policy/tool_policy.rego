# Which tool calls may run, by tool and arguments. Asked through `soma/policy/allow` with action `tool.execute`; see there
# for the input. A tool that is named here has its rule; any other runs where its catalog entry says that it may:
# `context.catalog` is that entry, {enabled, scopes}, and every scope it lists must be the principal's.
package soma.tool_policy

default permitted := false

# Largest text that is echoed, in characters.
echo_limit := 10000

# Largest document that is taken in: 50 MB.
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

# Without a format it is ISO.
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
