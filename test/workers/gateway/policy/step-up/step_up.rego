# A tenant's policy that requires a second factor to list sessions. Compiled with `opa build -t plan -e soma/policy/allow -e soma/policy/reasons`.
package soma.policy

default allow := false

allow if {
	input.principal.tenant == input.resource.tenant
	not needs_second_factor
}

needs_second_factor if {
	input.action == "session.list"
	not input.principal.mfa
}

reasons contains "second_factor" if needs_second_factor
