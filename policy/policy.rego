# Who may do what. Everything is refused that no rule permits, and a reason to refuse outweighs every permission.
#
# Input:
#   principal   who asks, as the gateway verified it; never from a body or a header
#     id        user or service
#     tenant    the only tenant whose things it can name
#     roles     of: owner (is an admin), admin, member, viewer (only reads), service
#     scopes    of the token; `admin` is the role, `keys:manage` opens API keys, `sessions:read_all` reads all of the tenant's,
#               `admin:backup` and `admin:issuer` are operators', who work on the platform and not in a tenant
#     suspended true: refused everything. mfa: has signed in with a second factor; false for an API key, and for `model.invoke` and `tool.execute`, which nobody signs in for
#   action      `noun.verb`, one of those below
#   resource    what it is done to
#     tenant    who owns it
#     owner     principal id, where it has one: a session that does not exist yet has none
#     kind      memory: `somabrain` or `conversation_memory`; tool: the tool's name is in `name`
#     name      of a tool, model or setting
#   context     what the caller found out for this decision
#     relations of the principal to the resource (OpenFGA): owner, admin, member, viewer
#     arguments of a tool; text, of a memory; writes_this_minute, of the tenant, this one included
#     models    that the tenant may use, where that is limited; budget_left: false where nothing is left
package soma.policy

default allow := false

allow if {
	permitted
	count(refusals) == 0
}

# Why not: for the audit and, as far as the caller sees fit, for the one who asked.
reasons contains reason if some reason in refusals

reasons contains "not_permitted" if {
	not permitted
	count(particulars) == 0
}

reasons contains reason if some reason in particulars

# Refusals.

refusals contains "malformed" if not well_formed

refusals contains "other_tenant" if not same_tenant

refusals contains "suspended" if input.principal.suspended == true

refusals contains "budget" if {
	input.action in {"conversation.send", "model.invoke", "tool.execute"}
	input.context.budget_left == false
}

well_formed if {
	is_string(input.action)
	input.action != ""
	is_string(input.principal.id)
	input.principal.id != ""
	is_string(input.principal.tenant)
	input.principal.tenant != ""
}

same_tenant if input.resource.tenant == input.principal.tenant

# Who.

roles contains role if some role in input.principal.roles

roles contains "admin" if "admin" in input.principal.scopes

roles contains "admin" if "owner" in input.principal.roles

admin if "admin" in roles

speaker if some role in ({"member", "admin", "service"} & roles)

known if some role in ({"viewer", "member", "admin", "service"} & roles)

operator if "admin:backup" in input.principal.scopes

owner if input.resource.owner == input.principal.id

unowned if not has_owner

has_owner if _ = input.resource.owner

related(relations) if {
	some relation in input.context.relations
	relation in relations
}

contributes if owner

contributes if unowned

contributes if related({"owner", "admin", "member"})

reads if owner

reads if related({"owner", "admin", "member", "viewer"})

reads if "sessions:read_all" in input.principal.scopes

governs if owner

governs if admin

governs if related({"owner", "admin"})

# Conversations and their sessions.

permitted if {
	input.action == "conversation.send"
	speaker
	contributes
}

permitted if {
	input.action == "conversation.read"
	reads
}

permitted if {
	input.action == "conversation.reset"
	governs
}

permitted if {
	input.action == "conversation.delete"
	governs
}

permitted if {
	input.action == "session.create"
	speaker
}

permitted if {
	input.action == "session.list"
	known
}

permitted if {
	input.action == "session.import"
	speaker
}

# Who owns it, and whoever was made its admin, shares it; being the tenant's admin opens nobody's conversation.
permitted if {
	input.action == "session.share"
	speaker
	shares
}

shares if owner

shares if related({"owner", "admin"})

permitted if {
	input.action == "session.read"
	reads
}

permitted if {
	input.action == "session.cancel"
	speaker
	contributes
	not unowned
}

permitted if {
	input.action == "session.fork"
	speaker
	reads
}

permitted if {
	input.action in {"session.delete", "session.restore", "session.update"}
	governs
}

permitted if {
	input.action == "session.steer"
	speaker
	contributes
	not unowned
}

# An export is what was said, so it is for those who read it.
permitted if {
	input.action == "session.export"
	reads
}

# Models.

permitted if {
	input.action == "model.invoke"
	speaker
	model_open
}

model_open if not limited

limited if _ = input.context.models

model_open if input.resource.name in input.context.models

# Memory.

permitted if {
	input.action == "memory.write"
	speaker
	memory_write
}

memory_write if {
	input.resource.kind == "somabrain"
	input.context.writes_this_minute <= 1000
}

memory_write if {
	input.resource.kind == "conversation_memory"
	is_string(input.context.text)
	not personal(input.context.text)
}

personal(text) if regex.match(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`, text)

personal(text) if regex.match(`(?:^|[^0-9])(?:\+?[0-9]{1,3}[ .-]?)?(?:\([0-9]{3}\)|[0-9]{3})[ .-]?[0-9]{3}[ .-]?[0-9]{4}(?:[^0-9]|$)`, text)

# What is wrong with it, where there is more to say than that no rule permits it.
particulars contains "too_often" if {
	input.action == "memory.write"
	speaker
	input.resource.kind == "somabrain"
	input.context.writes_this_minute > 1000
}

particulars contains "personal" if {
	input.action == "memory.write"
	speaker
	input.resource.kind == "conversation_memory"
	personal(input.context.text)
}

permitted if {
	input.action == "memory.recall"
	speaker
	reads
}

permitted if {
	input.action == "memory.delete"
	owner
}

permitted if {
	input.action == "memory.delete"
	admin
}

# Tools: tool_policy.rego says which calls; here, that one must be allowed to speak at all.

permitted if {
	input.action == "tool.execute"
	speaker
	data.soma.tool_policy.permitted
}

permitted if {
	input.action == "tool.catalog.read"
	speaker
}

permitted if {
	input.action == "tool.catalog.update"
	admin
}

# Settings: what would hand out a secret is an administrator's.

permitted if {
	input.action == "settings.update"
	admin
}

permitted if {
	input.action == "settings.update"
	speaker
	is_string(input.resource.name)
	not secret_setting
}

secret_setting if contains(lower(input.resource.name), "api_key")

secret_setting if contains(lower(input.resource.name), "secret")

permitted if {
	input.action == "settings.read"
	known
}

# What binds everybody, everybody may read.
permitted if {
	input.action == "constitution.read"
	known
}

# Everyone's own.

permitted if input.action in {"account.read", "account.update"}

# Relationships: which tuples, each is asked again with what it is about.

permitted if {
	input.action in {"relation.read", "relation.check", "relation.write"}
	known
}

# Schedules belong to the tenant.

permitted if {
	input.action in {"scheduler.task.list", "scheduler.task.create", "scheduler.task.update", "scheduler.task.run", "scheduler.task.delete"}
	speaker
}

# Administration.

permitted if {
	input.action in {
		"admin.audit.read",
		"admin.audit.export",
		"admin.constitution.update",
		"admin.constitution.validate",
		"admin.keys.manage",
		"admin.limits.read",
		"admin.limits.update",
		"admin.policy.read",
		"admin.policy.update",
		"admin.policy.explain",
		"admin.profiles.read",
		"admin.profiles.update",
		"admin.relations.read",
		"admin.relations.update",
		"admin.roles.update",
		"admin.secrets.read",
		"admin.secrets.update",
		"admin.tenant.update",
		"admin.users.read",
		"admin.users.update",
	}
	admin
}

permitted if {
	input.action == "admin.keys.manage"
	"keys:manage" in input.principal.scopes
}

# The platform, across tenants: operators alone, and no role opens it.

permitted if {
	input.action in {"platform.read", "platform.backup", "platform.restore"}
	operator
}

permitted if {
	input.action in {"platform.keys.read", "platform.keys.update"}
	"admin:issuer" in input.principal.scopes
}
