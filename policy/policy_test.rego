package soma.policy_test

import data.soma.policy

ada := {"id": "ada", "tenant": "t1", "roles": ["member"], "scopes": []}

root := {"id": "root", "tenant": "t1", "roles": ["admin"], "scopes": []}

guest := {"id": "guest", "tenant": "t1", "roles": [], "scopes": []}

own := {"tenant": "t1", "owner": "ada"}

others := {"tenant": "t1", "owner": "bob"}

fresh := {"tenant": "t1"}

asks(principal, action, resource, context) := {
	"principal": principal,
	"action": action,
	"resource": resource,
	"context": context,
}

test_denies_by_default if {
	not policy.allow with input as {}
	not policy.allow with input as null
	not policy.allow with input as asks(root, "unheard.of", own, {})
	not policy.allow with input as asks(root, "", own, {})
	not policy.allow with input as {"action": "conversation.send", "resource": own, "context": {}}
}

test_is_false_and_not_undefined if {
	policy.allow == false with input as {}
}

test_a_member_speaks_in_its_own_sessions if {
	policy.allow with input as asks(ada, "conversation.send", own, {})
	policy.allow with input as asks(ada, "conversation.send", fresh, {})
	policy.allow with input as asks(ada, "conversation.send", others, {"relations": ["member"]})
	not policy.allow with input as asks(ada, "conversation.send", others, {})
	not policy.allow with input as asks(ada, "conversation.send", others, {"relations": ["viewer"]})
	not policy.allow with input as asks(guest, "conversation.send", fresh, {})
}

test_no_role_reaches_another_tenant if {
	every action in {"conversation.send", "conversation.read", "session.delete", "memory.delete", "admin.users.read", "tool.catalog.update"} {
		not policy.allow with input as asks(root, action, {"tenant": "t2", "owner": "root"}, {"relations": ["owner"]})
		not policy.allow with input as asks(root, action, {"owner": "root"}, {"relations": ["owner"]})
	}
	policy.reasons == {"other_tenant"} with input as asks(root, "admin.users.read", {"tenant": "t2"}, {})
}

test_reading if {
	policy.allow with input as asks(ada, "conversation.read", own, {})
	policy.allow with input as asks(ada, "conversation.read", others, {"relations": ["viewer"]})
	policy.allow with input as asks(object.union(ada, {"scopes": ["sessions:read_all"]}), "session.read", others, {})
	not policy.allow with input as asks(ada, "conversation.read", others, {})
	not policy.allow with input as asks(root, "conversation.read", others, {})
}

test_sessions if {
	every action in {"session.create", "session.list", "session.import", "settings.read"} {
		policy.allow with input as asks(ada, action, fresh, {})
		not policy.allow with input as asks(guest, action, fresh, {})
	}
	every action in {"session.delete", "conversation.delete"} {
		not policy.allow with input as asks(ada, action, others, {"relations": ["viewer", "member", "admin"]})
	}
	every action in {"session.delete", "session.restore", "session.update", "conversation.reset", "conversation.delete"} {
		policy.allow with input as asks(ada, action, own, {})
		policy.allow with input as asks(root, action, others, {})
		not policy.allow with input as asks(ada, action, others, {"relations": ["member"]})
	}
	policy.allow with input as asks(ada, "session.cancel", own, {})
	not policy.allow with input as asks(ada, "session.cancel", others, {"relations": ["viewer"]})
	not policy.allow with input as asks(ada, "session.cancel", fresh, {})
	policy.allow with input as asks(ada, "session.fork", others, {"relations": ["viewer"]})
}

test_steering_requires_a_participant if {
	policy.allow with input as asks(ada, "session.steer", own, {})
	policy.allow with input as asks(ada, "session.steer", others, {"relations": ["member"]})
	not policy.allow with input as asks(ada, "session.steer", others, {"relations": ["viewer"]})
	not policy.allow with input as asks(ada, "session.steer", fresh, {})
}

test_an_export_requires_read_access if {
	policy.allow with input as asks(ada, "session.export", own, {})
	policy.allow with input as asks(ada, "session.export", others, {"relations": ["viewer"]})
	not policy.allow with input as asks(root, "session.export", others, {})
	not policy.allow with input as asks(ada, "session.export", fresh, {})
}

test_sharing if {
	policy.allow with input as asks(ada, "session.share", own, {})
	policy.allow with input as asks(ada, "session.share", others, {"relations": ["viewer", "member", "admin"]})
	not policy.allow with input as asks(ada, "session.share", others, {"relations": ["viewer", "member"]})
	not policy.allow with input as asks(ada, "session.share", fresh, {})
	not policy.allow with input as asks(root, "session.share", others, {})
}

test_a_viewer_only_reads if {
	viewer := {"id": "vera", "tenant": "t1", "roles": ["viewer"], "scopes": []}
	policy.allow with input as asks(viewer, "session.list", fresh, {})
	policy.allow with input as asks(viewer, "session.read", others, {"relations": ["viewer"]})
	policy.allow with input as asks(viewer, "settings.read", fresh, {})
	every action in {"conversation.send", "session.create", "session.import", "model.invoke", "settings.update", "session.fork", "session.share"} {
		not policy.allow with input as asks(viewer, action, object.union(others, {"name": "theme"}), {"relations": ["owner", "viewer"]})
	}
}

test_the_owner_of_a_tenant_is_its_admin if {
	boss := {"id": "boss", "tenant": "t1", "roles": ["owner"], "scopes": []}
	policy.allow with input as asks(boss, "admin.users.update", fresh, {})
	policy.allow with input as asks(boss, "conversation.send", fresh, {})
	not policy.allow with input as asks(boss, "session.read", others, {})
}

test_everyone_has_an_account if {
	policy.allow with input as asks(guest, "account.read", fresh, {})
	not policy.allow with input as asks(guest, "account.read", {"tenant": "t2"}, {})
}

test_only_operators_reach_the_platform if {
	every action in {"platform.read", "platform.backup", "platform.restore"} {
		policy.allow with input as asks(object.union(guest, {"scopes": ["admin:backup"]}), action, fresh, {})
		not policy.allow with input as asks(root, action, fresh, {})
		not policy.allow with input as asks(object.union(root, {"scopes": ["admin"]}), action, fresh, {})
	}
}

# The rules of the original, row D7.

test_memory_write_somabrain if {
	somabrain := {"tenant": "t1", "kind": "somabrain"}
	policy.allow with input as asks(ada, "memory.write", somabrain, {"writes_this_minute": 1})
	policy.allow with input as asks(ada, "memory.write", somabrain, {"writes_this_minute": 1000})
	not policy.allow with input as asks(ada, "memory.write", somabrain, {"writes_this_minute": 1001})
	policy.reasons == {"too_often"} with input as asks(ada, "memory.write", somabrain, {"writes_this_minute": 1001})
	not policy.allow with input as asks(ada, "memory.write", somabrain, {})
	not policy.allow with input as asks(ada, "memory.write", {"tenant": "t2", "kind": "somabrain"}, {"writes_this_minute": 1})
}

test_memory_write_conversation_memory if {
	memory := {"tenant": "t1", "kind": "conversation_memory"}
	every text in ["likes tea", "order 12345", "3.14159", "", "@home", "at 10:30 on 2026-11-20"] {
		policy.allow with input as asks(ada, "memory.write", memory, {"text": text})
	}
	every text in ["write to ada@example.com", "call 555-123-4567", "+1 (555) 123-4567", "5551234567", "A.B+c@d-e.co.uk"] {
		not policy.allow with input as asks(ada, "memory.write", memory, {"text": text})
	}
	policy.reasons == {"personal"} with input as asks(ada, "memory.write", memory, {"text": "call 555-123-4567"})
	policy.reasons == set() with input as asks(ada, "memory.write", memory, {"text": "likes tea"})
	not policy.allow with input as asks(ada, "memory.write", memory, {})
	not policy.allow with input as asks(ada, "memory.write", memory, {"text": 5})
	not policy.allow with input as asks(ada, "memory.write", {"tenant": "t1", "kind": "other"}, {"text": "tea"})
}

test_memory_recall_and_delete if {
	policy.allow with input as asks(ada, "memory.recall", own, {})
	not policy.allow with input as asks(ada, "memory.recall", others, {})
	policy.allow with input as asks(ada, "memory.delete", own, {})
	policy.allow with input as asks(root, "memory.delete", others, {})
	not policy.allow with input as asks(ada, "memory.delete", others, {})
}

test_persona_update if {
	viewer := {"id": "vic", "tenant": "t1", "roles": ["viewer"], "scopes": []}
	policy.allow with input as asks(root, "persona.update", {"tenant": "t1"}, {})
	policy.allow with input as asks(ada, "persona.update", {"tenant": "t1", "owner": ada.id}, {})
	not policy.allow with input as asks(ada, "persona.update", {"tenant": "t1"}, {})
	not policy.allow with input as asks(ada, "persona.update", {"tenant": "t1", "owner": root.id}, {})
	not policy.allow with input as asks(viewer, "persona.update", {"tenant": "t1", "owner": viewer.id}, {})
	policy.allow with input as asks(viewer, "persona.read", {"tenant": "t1"}, {})
}

test_settings_update if {
	policy.allow with input as asks(ada, "settings.update", {"tenant": "t1", "name": "theme"}, {})
	every name in {"api_key", "openai_api_key", "secret", "CLIENT_SECRET"} {
		not policy.allow with input as asks(ada, "settings.update", {"tenant": "t1", "name": name}, {})
		policy.allow with input as asks(root, "settings.update", {"tenant": "t1", "name": name}, {})
	}
	not policy.allow with input as asks(ada, "settings.update", {"tenant": "t1"}, {})
}

test_catalog_and_scheduler if {
	policy.allow with input as asks(root, "tool.catalog.update", fresh, {})
	not policy.allow with input as asks(ada, "tool.catalog.update", fresh, {})
	policy.allow with input as asks(ada, "tool.catalog.read", fresh, {})
	every verb in {"list", "create", "update", "run", "delete"} {
		action := concat(".", ["scheduler.task", verb])
		policy.allow with input as asks(ada, action, fresh, {})
		not policy.allow with input as asks(ada, action, {"tenant": "t2"}, {})
	}
}

test_administration if {
	every action in {"admin.audit.read", "admin.policy.update", "admin.policy.explain", "admin.keys.manage", "admin.secrets.update"} {
		policy.allow with input as asks(root, action, fresh, {})
		policy.allow with input as asks(object.union(guest, {"scopes": ["admin"]}), action, fresh, {})
		not policy.allow with input as asks(ada, action, fresh, {})
	}
	keeper := object.union(guest, {"scopes": ["keys:manage"]})
	policy.allow with input as asks(keeper, "admin.keys.manage", fresh, {})
	not policy.allow with input as asks(keeper, "admin.secrets.update", fresh, {})
	not policy.allow with input as asks(root, "admin.everything", fresh, {})
}

test_a_malformed_principal_is_denied if {
	every principal in [{}, {"id": "", "tenant": "t1", "roles": ["admin"]}, {"id": "x", "tenant": "", "roles": ["admin"]}, {"id": 5, "tenant": "t1", "roles": ["admin"]}] {
		not policy.allow with input as asks(principal, "session.list", {"tenant": "t1"}, {})
	}
	not policy.allow with input as asks({"id": "x", "tenant": "", "roles": ["admin"]}, "session.list", {"tenant": ""}, {})
}

test_files_follow_their_session if {
	every action in {"attachment.write", "workdir.write"} {
		policy.allow with input as asks(ada, action, own, {})
		policy.allow with input as asks(ada, action, fresh, {})
		policy.allow with input as asks(ada, action, others, {"relations": ["member"]})
		not policy.allow with input as asks(ada, action, others, {"relations": ["viewer"]})
		not policy.allow with input as asks(ada, action, others, {})
		not policy.allow with input as asks(root, action, others, {})
		not policy.allow with input as asks(guest, action, fresh, {})
	}
	every action in {"attachment.read", "workdir.read"} {
		policy.allow with input as asks(ada, action, own, {})
		policy.allow with input as asks(ada, action, others, {"relations": ["viewer"]})
		not policy.allow with input as asks(ada, action, others, {})
		not policy.allow with input as asks(root, action, others, {})
		not policy.allow with input as asks(ada, action, fresh, {})
	}
	policy.allow with input as asks(ada, "attachment.delete", own, {})
	policy.allow with input as asks(root, "attachment.delete", others, {})
	not policy.allow with input as asks(ada, "attachment.delete", others, {"relations": ["admin"]})
}

test_only_the_owner_and_the_requester_decide_about_a_call if {
	policy.allow with input as asks(ada, "tool.approve", own, {"requester": "bob"})
	policy.allow with input as asks(ada, "tool.approve", others, {"requester": "ada", "relations": ["member"]})
	not policy.allow with input as asks(ada, "tool.approve", others, {"requester": "bob", "relations": ["member"]})
	not policy.allow with input as asks(ada, "tool.approve", others, {"requester": "bob", "relations": ["admin"]})
	not policy.allow with input as asks(root, "tool.approve", others, {"requester": "bob"})
	not policy.allow with input as asks(root, "tool.approve", others, {})
	policy.reasons == {"not_requester"} with input as asks(root, "tool.approve", others, {"requester": "bob"})
}

test_who_may_do_less_than_the_call_does_not_decide if {
	not policy.allow with input as asks(ada, "tool.approve", own, {"requester": "ada", "weaker": true})
	policy.reasons == {"role_too_low"} with input as asks(ada, "tool.approve", own, {"requester": "ada", "weaker": true})
	viewer := {"id": "ada", "tenant": "t1", "roles": ["viewer"], "scopes": []}
	not policy.allow with input as asks(viewer, "tool.approve", own, {"requester": "ada"})
}
