# Who may do what. A request is denied unless a rule permits it. One reason to deny outweighs every permission.
# The file is long, because the rules of all actions are read in one place.
# Input:
#   principal   the sender, verified by the gateway; never taken from a body or a header
#     id        user or service
#     tenant    the principal's own tenant
#     roles     owner (includes admin), admin, member, viewer (only reads), service
#     scopes    of the token. `admin` equals the role. `keys:manage` manages API keys. `sessions:read_all` reads the tenant's sessions.
#               `admin:backup` and `admin:issuer` belong to operators, who work on the platform and not in a tenant.
#     mfa       signed in with a second factor; false for API keys, `model.invoke` and `tool.execute`
#   action      `noun.verb`, one of the actions below
#   resource    the object of the action
#     tenant    the tenant that owns it
#     owner     the principal id of its owner; a session that does not exist yet has none
#     kind      memory: `somabrain` or `conversation_memory`. A tool has its name in `name`.
#     name      of a tool or model
#   context     facts that the caller gathered for this decision
#     relations of the principal to the resource (OpenFGA): owner, admin, member, viewer
#     requester of the turn whose tool call is decided; weaker: the principal may do less than the call
#     arguments of a tool; catalog: {enabled, scopes, effect} of a tool; text of a memory; writes_this_minute: memory writes of the tenant, this one included
#     size_bytes in the arguments of `document_ingest`: of its document, in place of the size that SomaAgent01's callers send
# Other callers, over `/v1/data/soma/policy/allow`, may also send the name of a setting. No route of this platform sends it.
package soma.policy

default allow := false

allow if {
	permitted
	count(refusals) == 0
}

# Reasons for a denial. The audit keeps them; the caller may show them to the user.
reasons contains reason if some reason in refusals

reasons contains "not_permitted" if {
	not permitted
	count(particulars) == 0
}

reasons contains reason if some reason in particulars

# Denials.

refusals contains "malformed" if not well_formed

refusals contains "other_tenant" if not same_tenant

well_formed if {
	is_string(input.action)
	input.action != ""
	is_string(input.principal.id)
	input.principal.id != ""
	is_string(input.principal.tenant)
	input.principal.tenant != ""
}

same_tenant if input.resource.tenant == input.principal.tenant

# Principals.

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

# Its owner and the admins it is shared with may share it. The role of tenant admin opens no conversation.
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
	input.action in {"session.restore", "session.update"}
	governs
}

# As `can_delete` of the relation model, and for admins of the tenant. A share never deletes.
permitted if {
	input.action in {"session.delete", "conversation.delete"}
	deletes
}

deletes if owner

deletes if admin

permitted if {
	input.action == "session.steer"
	speaker
	contributes
	not unowned
}

# An export holds the conversation, so it needs the right to read it.
permitted if {
	input.action == "session.export"
	reads
}

# Files. `resource.owner` is the uploader of an attachment that no session has yet, else the owner of its session.

permitted if {
	input.action in {"attachment.write", "workdir.write"}
	speaker
	contributes
}

permitted if {
	input.action in {"attachment.read", "workdir.read"}
	reads
}

permitted if {
	input.action == "attachment.delete"
	deletes
}

# Models.

permitted if {
	input.action == "model.invoke"
	speaker
}

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

# Reasons that are more precise than "no rule permits it".
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

# Tools: tool_policy.rego decides on calls. This rule requires that the principal may take part in conversations.

permitted if {
	input.action == "tool.execute"
	speaker
	data.soma.tool_policy.permitted
}

# Why a permitted call needs an approval first.
asks contains reason if {
	input.action == "tool.execute"
	some reason in data.soma.tool_policy.asks
}

# Who decides about a call that waits: the owner of the session, and who asked for the turn. A workspace's own policy may name others.
permitted if {
	input.action == "tool.approve"
	speaker
	decides
	not weaker
}

decides if owner

decides if input.context.requester == input.principal.id

# An API key with a lower role than the call acts with.
weaker if input.context.weaker == true

particulars contains "not_requester" if {
	input.action == "tool.approve"
	not decides
}

particulars contains "role_too_low" if {
	input.action == "tool.approve"
	weaker
}

permitted if {
	input.action == "tool.catalog.read"
	speaker
}

permitted if {
	input.action == "tool.catalog.update"
	admin
}

# Settings: only an administrator may change settings that could reveal a secret. The routes of this platform name no setting, so
# only an administrator uses them.

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

# Personas. An admin changes those of the whole tenant. Every user who may send messages also has their own, which only they see.

permitted if {
	input.action == "persona.read"
	known
}

permitted if {
	input.action == "persona.update"
	admin
}

permitted if {
	input.action == "persona.update"
	speaker
	owner
}

# Every member of the tenant may read the rules that bind them.
permitted if {
	input.action == "constitution.read"
	known
}

# Every user's own account.

permitted if input.action in {"account.read", "account.update"}

# Relationships: each changed tuple is authorized as a separate action.

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

# The platform, across tenants: for operators only. No role permits it.

permitted if {
	input.action in {"platform.read", "platform.backup", "platform.restore"}
	operator
}

permitted if {
	input.action in {"platform.keys.read", "platform.keys.update"}
	"admin:issuer" in input.principal.scopes
}
